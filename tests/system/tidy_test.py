"""The lint finds what it promises: each test plants one violation in a small clean tree."""
import os
import subprocess
import sys
import tempfile
import unittest

ROOT = os.path.join(os.path.dirname(os.path.abspath(__file__)), '..', '..')
TIDY = os.path.join(ROOT, '.ci', 'tidy.py')
with open(os.path.join(ROOT, '.ci', 'floors.toml'), encoding='utf-8') as rules_file:
    RULES = rules_file.read().split('\n[[exception]]')[0] + '\n'
HEADER = '// What the file is.\n#pragma once\n'
CLEAN = {
    '.ci/floors.toml': RULES,
    'src/base/word.h': HEADER + 'namespace gyre::base {\nint word();\n}\n',
    'src/base/word.cc': '#include "base/word.h"\n\nnamespace gyre::base {\nint word() { return 1; }\n}\n',
    'src/base/meson.build': "gyre_sources += files('word.cc')\n",
    'src/commands/string/get.cc': '// GET.\n#include "base/word.h"\nconstexpr Command kRows[] = {\n'
                                  '    {.name = "GET"},\n};\n',
    'src/commands/commands.list': 'string/get\n',
    'tests/wire/string/get.wire': '== a missing key\n> GET k\n< $-1\n',
    'README.md': 'See [the word](src/base/word.h).\n',
}


class Tidy(unittest.TestCase):
    def tidy(self, files, *arguments):
        with tempfile.TemporaryDirectory() as root:
            for path, text in {**CLEAN, **files}.items():
                path = os.path.join(root, path)
                os.makedirs(os.path.dirname(path), exist_ok=True)
                with open(path, 'w', encoding='utf-8') as file:
                    file.write(text)
            done = subprocess.run([sys.executable, TIDY, '--root', root, *arguments], capture_output=True, text=True)
            return done.returncode, done.stdout + done.stderr

    def finds(self, files, *wanted, compile_headers=False):
        """The tree with `files` added fails, with every wanted text in one of the findings."""
        code, output = self.tidy(files, *([] if compile_headers else ['--no-compile']))
        for text in wanted:
            self.assertIn(text, output)
        self.assertEqual(code, 1, output)
        self.assertIn(' 1 failed', output)

    def accepts(self, files, *arguments):
        code, output = self.tidy(files, '--no-compile', *arguments)
        self.assertEqual(code, 0, output)

    def test_clean_tree_passes(self):
        code, output = self.tidy({})
        self.assertEqual(code, 0, output)
        self.assertIn(' 0 failed', output)

    def test_lower_floor_includes_upper(self):
        self.finds({'src/base/bad.h': HEADER + '#include "exec/route.h"\n'},
                   'src/base/bad.h:3: floors: base may not include "exec/route.h"')

    def test_siblings_do_not_meet(self):
        self.finds({'src/ring/bad.h': HEADER + '#include "data/value.h"\n'}, 'ring may not include')

    def test_drawn_edge_is_allowed(self):
        self.accepts({'src/store/good.h': HEADER + '#include "journal/record.h"\n'})

    def test_unknown_folder_has_no_floor(self):
        self.finds({'src/attic/bad.h': HEADER}, 'src/attic stands on no floor')

    def test_data_command_stays_out_of_the_server(self):
        text = '// SET.\n#include "server/config.h"\n'
        lists = {'src/commands/commands.list': 'string/get\nstring/set\nserver/config\n'}
        self.finds({'src/commands/string/set.cc': text, 'src/commands/server/config.cc': text, **lists},
                   'src/commands/string/set.cc:2: floors: commands may not include "server/config.h"')

    def test_nobody_includes_commands(self):
        self.finds({'src/server/bad.h': HEADER + '#include "commands/table.h"\n'}, 'server may not include')

    def test_include_in_a_comment_is_no_include(self):
        self.accepts({'src/base/good.h': HEADER + '// #include "exec/route.h"\n'})

    def test_coroutine_outside_its_rooms(self):
        self.finds({'src/data/bad.h': HEADER + 'inline Task f() { co_return; }\n'}, 'zones: `co_return`')
        self.accepts({'src/ring/good.h': HEADER + 'inline Task f() { co_return; }\n'})

    def test_a_command_that_waits_may_be_a_coroutine(self):
        row = CLEAN['src/commands/string/get.cc']
        task = 'Task<Status> f() { co_return {}; }\n'
        self.finds({'src/commands/string/get.cc': row + task}, 'zones: `co_return`')
        self.accepts({'src/commands/string/get.cc': row.replace('},', ' .shape = wait(f)},') + task})

    def test_ring_library_outside_the_ring(self):
        self.finds({'src/server/bad.h': HEADER + '#include <liburing.h>\n'}, 'zones: `<liburing.h`')

    def test_banned_word_names_the_replacement(self):
        self.finds({'src/base/bad.h': HEADER + 'std::function<void()> f;\n'}, ':3: words:', 'use a template parameter')

    def test_banned_word_in_comment_or_string_is_fine(self):
        self.accepts({'src/base/good.h': HEADER + '// no std::regex\nconst char* k = "std::regex \\" atoi(";\n'
                                                  'char q = \'"\';\nint big = 1\'000\'000;\n'})

    def test_unfinished_marks(self):
        self.finds({'src/base/bad.h': HEADER + '// FI' + 'XME later\n'}, 'marks: unfinished')
        self.finds({'src/base/bad.h': HEADER + '// TO' + 'DO later\n'}, 'marks: write TODO(')
        self.accepts({'src/base/good.h': HEADER + '// TODO(perf): due when lists exceed 1 M elements.\n'})

    def test_long_file(self):
        self.finds({'src/base/bad.h': HEADER + 'int x;\n' * 299}, 'size: 301 lines, at most 300')

    def test_long_command_file(self):
        self.finds({'src/commands/string/get.cc': CLEAN['src/commands/string/get.cc'] + '\n' * 250}, 'at most 250')

    def test_long_line(self):
        self.finds({'src/base/bad.h': HEADER + '// ' + 'x' * 98 + '\n'}, ':3: columns: 101 columns')

    def test_long_function(self):
        body = '  step();\n' * 71
        self.finds({'src/base/bad.h': HEADER + 'namespace a {\nvoid f(int x) {\n' + body + '}\n}\n'},
                   'src/base/bad.h:4: functions: function of 71 lines')
        self.finds({'src/base/bad.h': HEADER + 'struct A {\n  int f() const {\n' + body + '  }\n};\n'},
                   'function of 71 lines')

    def test_long_table_is_no_function(self):
        self.accepts({'src/base/good.h': HEADER + 'constexpr Row kRows[] = {\n' + '    {f(1), 2},\n' * 80 + '};\n'})

    def test_header_without_guard_or_sentence(self):
        self.finds({'src/base/bad.h': '#include <vector>\n'}, 'heads: #pragma once', 'heads: starts without')

    def test_own_header_first(self):
        self.finds({'src/base/word.cc': '#include <vector>\n#include "base/word.h"\n'}, 'not as its first header')

    def test_source_that_no_build_file_names(self):
        self.finds({'src/base/lost.cc': '// Lost.\n'}, 'src/base/lost.cc:1: dead:')

    def test_header_that_leans_on_its_includer(self):
        self.finds({'src/base/bad.h': HEADER + 'std::string f();\n'}, 'headers: does not compile alone',
                   compile_headers=True)

    def test_command_without_wire_test(self):
        self.finds({'tests/wire/string/get.wire': '== other\n> SET k v\n< +OK\n'}, 'no wire test sends GET')

    def test_subcommand_without_wire_test(self):
        row = '// CONFIG.\nRow k = {.name = "GET", .parent = "CONFIG"};\n'
        files = {'src/commands/server/config.cc': row, 'src/commands/commands.list': 'string/get\nserver/config\n'}
        self.finds(files, 'no wire test sends CONFIG GET')
        self.accepts({**files, 'tests/wire/server/config.wire': '== a\na> CONFIG GET port\n< *\n'})

    def test_listed_command_without_file(self):
        self.finds({'src/commands/commands.list': 'string/get\nstring/lost\n'}, 'string/lost has no file')

    def test_dead_link(self):
        self.finds({'docs/page.md': 'See [x](../nowhere.md#top).\n'}, 'links: the link ../nowhere.md')
        self.accepts({'docs/page.md': 'See [x](https://example.org/a.md) and `[y](z)`.\n'})

    def test_path_of_one_machine(self):
        self.finds({'docs/page.md': 'It lies in /' + 'home/me/gyre.\n'}, 'machine: /')

    def test_exception_with_a_reason_and_stale_exception(self):
        entry = '\n[[exception]]\nrule = "size"\npath = "src/base/bad.h"\nlimit = 400\nreason = "one table"\n'
        self.accepts({'.ci/floors.toml': RULES + entry, 'src/base/bad.h': HEADER + 'int x;\n' * 310})
        self.finds({'.ci/floors.toml': RULES + entry, 'src/base/bad.h': HEADER}, 'nobody needs the one for size')


if __name__ == '__main__':
    unittest.main()
