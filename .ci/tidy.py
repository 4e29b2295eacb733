#!/usr/bin/env python3
"""The lint of the house: floors, zones, sizes, words, headers, command rows, docs.

The rules themselves are in .ci/floors.toml.
Prints `path:line: rule: what` for every finding and ends with `N passed, N failed` (rules, not
findings). `--root DIR` checks another tree, `--no-compile` skips the header compilation.
"""
import argparse
import concurrent.futures
import fnmatch
import hashlib
import json
import os
import re
import shlex
import subprocess
import sys
import tomllib
from pathlib import Path

CODE = ('.h', '.cc', '.c')
SKIPPED_FOLDERS = {'.git', 'build', 'subprojects', 'node_modules', '__pycache__', '.cache'}
LITERAL = re.compile(r'R"([^()\s]*)\(.*?\)\1"|//[^\n]*|/\*.*?\*/'
                     r'|"(?:\\.|[^"\\\n])*"|(?<![0-9a-fA-F])\'(?:\\.|[^\'\\\n])*\'', re.S)
INCLUDE = re.compile(r'^[ \t]*#[ \t]*include[ \t]+(["<][^">]+[">])', re.M)


def blank(text, keep_strings=False):
    """Source text with comments (and strings) emptied; line numbers stay."""
    def empty(match):
        piece = match.group(0)
        if piece.startswith('/'):
            return ' ' + '\n' * piece.count('\n')
        return piece if keep_strings else '""' + '\n' * piece.count('\n')
    return LITERAL.sub(empty, text)


def line_of(text, offset):
    return text.count('\n', 0, offset) + 1


def matches(path, patterns):
    """Shell patterns: `*` stays inside one folder, `**/` stands for any number of folders."""
    for pattern in patterns:
        expression = re.escape(pattern).replace(r'\*\*/', '(?:.*/)?').replace(r'\*', '[^/]*')
        if re.fullmatch(expression, path):
            return True
    return False


class Tree:
    """Every text file of the checkout, read once."""

    def __init__(self, root):
        self.root = Path(root)
        self.rules = tomllib.loads((self.root / '.ci' / 'floors.toml').read_text(encoding='utf-8'))
        self.text = {}
        for path in self.list_files():
            try:
                self.text[path] = (self.root / path).read_text(encoding='utf-8')
            except (UnicodeDecodeError, OSError):
                continue
        self.source = {p: t for p, t in self.text.items() if p.startswith(('src/', 'include/')) and p.endswith(CODE)}
        self.plain = {p: blank(t) for p, t in self.text.items() if p.endswith(CODE)}
        self.exceptions = self.rules.get('exception', [])
        self.used = set()

    def list_files(self):
        command = ['git', '-C', str(self.root), 'ls-files', '-co', '--exclude-standard']
        listed = subprocess.run(command, capture_output=True, text=True)
        if listed.returncode == 0:
            return [path for path in listed.stdout.splitlines() if (self.root / path).is_file()]
        found = []
        for folder, names, files in os.walk(self.root):
            names[:] = [name for name in names if name not in SKIPPED_FOLDERS]
            found += [os.path.relpath(os.path.join(folder, file), self.root) for file in files]
        return sorted(found)

    def excepted(self, rule, path):
        """The exception of floors.toml for this rule and path, if there is one."""
        for index, exception in enumerate(self.exceptions):
            if exception['rule'] == rule and exception['path'] == path and exception.get('reason'):
                self.used.add(index)
                return exception
        return None


# Each rule is a generator of (path, line, message).

def floors(tree):
    """Includes go to lower floors only."""
    order = {folder: level for level, floor in enumerate(tree.rules['floor']) for folder in floor['folders']}
    for path, text in tree.source.items():
        parts = path.split('/')
        if parts[0] != 'src' or len(parts) < 3:
            continue
        folder, group = parts[1], '/'.join(parts[1:3])
        if folder not in order:
            yield path, 1, f'src/{folder} stands on no floor: name it in .ci/floors.toml'
            continue
        lower = [name for name, level in order.items() if level < order[folder]]
        allowed = tree.rules['only'].get(group) or tree.rules['only'].get(folder)
        if allowed is None:
            allowed = lower + tree.rules['edges'].get(folder, [])
        plain = blank(text, keep_strings=True)
        for match in INCLUDE.finditer(plain):
            name = match.group(1)
            target = name[1:-1].split('/')[0]
            if name[0] == '<' or target not in order or target == folder or target in allowed:
                continue
            yield path, line_of(plain, match.start()), f'{folder} may not include {name}'


def zones(tree):
    """Coroutines, threads and heavy libraries stay in their rooms."""
    for pattern, prefixes in tree.rules['zones'].items():
        for path, text in tree.source.items():
            waits = path.startswith('src/commands/') and 'co_' in pattern and '.shape = wait(' in text
            if path.startswith(tuple(prefixes)) or waits:
                continue
            plain = blank(text, keep_strings=True) if pattern.startswith('<') else tree.plain[path]
            for match in re.finditer(pattern, plain):
                where = ', '.join(prefixes)
                yield path, line_of(plain, match.start()), f'`{match.group(0)}` belongs to {where}'


def words(tree):
    """Banned words, with what to write instead."""
    for pattern, instead in tree.rules['banned'].items():
        for path, text in tree.source.items():
            for match in re.finditer(pattern, tree.plain[path]):
                yield path, line_of(tree.plain[path], match.start()), f'`{match.group(0)}`: use {instead}'


def marks(tree):
    """No unfinished business: FIXME, XXX, HACK; a TODO names its kind and its condition."""
    for path, text in tree.text.items():
        if not path.endswith(CODE + ('.py', '.wire', 'meson.build')) or path.startswith(('.ci/', 'tests/system/tidy')):
            continue
        for number, line in enumerate(text.splitlines(), 1):
            if re.search(r'\b(FIXME|XXX|HACK)\b', line):
                yield path, number, 'unfinished mark: finish it, or write TODO(kind): condition'
            elif re.search(r'\bTODO\b(?!\((perf|port|test|limit)\): \S)', line):
                yield path, number, 'write TODO(perf|port|test|limit): the condition that makes it due'


def size(tree):
    """Lines per file."""
    for path, text in tree.text.items():
        limit = next((row['lines'] for row in tree.rules['size'] if matches(path, row['files'])), None)
        if limit is None or path in tree.rules.get('generated', {}):
            continue
        lines = text.count('\n')
        if lines > limit:
            exception = tree.excepted('size', path)
            if not exception or lines > exception['limit']:
                yield path, lines, f'{lines} lines, at most {limit}: find the second idea and give it a file'


def columns(tree):
    """Columns per line: code has the narrower limit, scripts and build files the wider one."""
    for path, text in tree.text.items():
        script = path.endswith(('.py', 'meson.build', '.sh')) or path in ('dev', '.ci/run')
        limit = tree.rules['limits']['script_columns' if script else 'columns']
        if script or path.endswith(CODE):
            for number, line in enumerate(text.splitlines(), 1):
                if len(line) > limit:
                    yield path, number, f'{len(line)} columns, at most {limit}'


def bodies(plain):
    """(first line, last line) of every function body: braces whose surroundings are only scopes."""
    plain = re.sub(r'^[ \t]*#(?:\\\n|[^\n])*', lambda m: '\n' * m.group(0).count('\n'), plain, flags=re.M)
    stack, start = [], 0  # of (is a scope, is a function, offset)
    for match in re.finditer(r'[{};]', plain):
        offset, mark = match.start(), match.group(0)
        if mark == '{':
            head = plain[start:offset].strip()
            scope = bool(re.match(r'(inline )?namespace\b|extern ""', head)) or (
                bool(re.match(r'(template\s*<.*>\s*)?(class|struct|union|enum)\b', head, re.S))
                and not head.endswith(')'))
            outer = all(entry[0] for entry in stack)
            function = outer and not scope and '(' in head and not head.endswith(('=', ',', '('))
            stack.append((scope, function, offset))
        elif mark == '}' and stack:
            _, function, opened = stack.pop()
            if function:
                yield line_of(plain, opened), line_of(plain, offset)
        start = match.end()


def functions(tree):
    """Lines per function."""
    limit = tree.rules['limits']['function_lines']
    for path in tree.source:
        for first, last in bodies(tree.plain[path]):
            if last - first - 1 > limit and not tree.excepted('functions', f'{path}:{first}'):
                if not tree.excepted('functions', path):
                    yield path, first, f'function of {last - first - 1} lines, at most {limit}'


def heads(tree):
    """File heads: a sentence on top, #pragma once in headers, a .cc includes its own header first."""
    for path, text in tree.source.items():
        header = path[:path.rindex('.')] + '.h'
        if (path.endswith('.h') or header not in tree.source) and not text.startswith(('// ', '/* ')):
            yield path, 1, 'starts without the sentence that says what the file is'
        if path.endswith('.h') and not re.search(r'^#pragma once$', text, re.M):
            yield path, 1, '#pragma once is missing'
        if path.endswith('.cc') and header in tree.source:
            own = header.split('/', 1)[1]
            first = INCLUDE.search(blank(text, keep_strings=True))
            if not first or first.group(1) not in (f'"{own}"', f'<{own}>'):
                yield path, 1, f'includes "{own}" not as its first header'


def dead(tree):
    """Every source and unit test is built: named in a meson.build or in commands.list."""
    lists = '\n'.join(t for p, t in tree.text.items() if p.endswith(('meson.build', 'commands.list')))
    for path in tree.text:
        if path.startswith(('src/', 'tests/', 'bench/')) and path.endswith('.cc'):
            name = path.split('/', 2)[2] if path.startswith('src/commands/') else path.rsplit('/', 1)[1]
            if name.removesuffix('.cc') not in lists:
                yield path, 1, 'no meson.build and no commands.list names this file'


def headers(tree):
    """Every header compiles alone. One with a .cc is proven by the build, because that .cc includes it
    first; the others are compiled here, cached by the content of all they include."""
    flags = ['-std=c++20', '-fsyntax-only', '-fno-exceptions', '-fno-rtti', '-Isrc', '-Iinclude', '-x', 'c++-header']
    packages = subprocess.run(['pkg-config', '--cflags', 'spdlog', 'fmt', 'tomlplusplus', 'liburing'],
                              capture_output=True, text=True)
    flags += shlex.split(packages.stdout)
    cache_path = tree.root / 'build' / 'tidy-headers.json'
    cache = json.loads(cache_path.read_text()) if cache_path.exists() else {}
    compiler = os.environ.get('GYRE_TIDY_CXX', 'clang++-19')

    def closure(path, seen):
        if path in seen or path not in tree.source:
            return
        seen.add(path)
        for match in INCLUDE.finditer(tree.source[path]):
            name = match.group(1)[1:-1]
            closure('src/' + name, seen)
            closure('include/' + name, seen)

    def check(path):
        seen = set()
        closure(path, seen)
        parts = [' '.join([compiler, *flags])] + [p + '\n' + tree.source[p] for p in sorted(seen)]
        digest = hashlib.sha256('\n'.join(parts).encode()).hexdigest()
        if cache.get(path) == digest:
            return path, digest, ''
        done = subprocess.run([compiler, *flags, path], cwd=tree.root, capture_output=True, text=True)
        return path, digest, done.stderr.strip() or 'failed' if done.returncode else ''

    chosen = sorted(path for path in tree.source
                    if path.endswith('.h') and path.removesuffix('.h') + '.cc' not in tree.source)
    with concurrent.futures.ThreadPoolExecutor(len(os.sched_getaffinity(0))) as pool:
        results = list(pool.map(check, chosen))
    cache_path.parent.mkdir(exist_ok=True)
    cache_path.write_text(json.dumps({path: digest for path, digest, error in results if not error}, indent=0))
    for path, _, error in results:
        if error:
            found = re.search(r':(\d+):\d+: (?:fatal )?error: (.*)', error)
            message = found.group(2) if found else error
            yield path, int(found.group(1)) if found else 1, 'does not compile alone: ' + message


def rows(tree):
    """Every command row has a wire test; commands.list and the files agree."""
    wire = {p: t for p, t in tree.text.items() if p.startswith('tests/wire/') and p.endswith('.wire')}
    sent = '\n'.join(wire.values()).lower()
    for path, text in tree.source.items():
        if not path.startswith('src/commands/'):
            continue
        group = path.split('/')[2]
        for match in re.finditer(r'^[^/\n]*\.name = "([^"]+)"(?:,\s*\.parent = "([^"]+)")?', text, re.M):
            name = ' '.join(word for word in (match.group(2), match.group(1)) if word).lower()
            file = f'tests/wire/{group}/{name.split()[0]}.wire'
            if not re.search(r'^\s*(?:\S*>)\s*"?' + re.escape(name).replace(r'\ ', r'\s+') + r'\b', sent, re.M):
                yield path, line_of(text, match.start()), f'no wire test sends {name.upper()}: add {file}'
    listed = tree.text.get('src/commands/commands.list')
    if listed is not None:
        names = {line.strip().removesuffix('.cc') for line in listed.splitlines() if line.strip() and line[0] != '#'}
        for name in sorted(names):
            if f'src/commands/{name}.cc' not in tree.source:
                yield 'src/commands/commands.list', 1, f'{name} has no file'


def generated(tree):
    """Generated files are what the server prints today."""
    server = tree.root / 'build' / 'release' / 'gyre-server'
    if not server.exists():
        return
    # An older binary would print what was true then.
    built = subprocess.run(['ninja', '-C', server.parent, server.name], capture_output=True, text=True)
    if built.returncode != 0:
        yield 'meson.build', 1, 'the server cannot be built, so nobody knows what it prints: run ./dev build'
        return
    for path, flag in tree.rules.get('generated', {}).items():
        now = subprocess.run([server, flag], stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=20)
        if now.returncode != 0 or now.stdout != tree.text.get(path):
            yield path, 1, 'differs from what the server prints: run ./dev docs and commit the result'


def links(tree):
    """Relative links of the docs lead somewhere."""
    for path, text in tree.text.items():
        if not path.endswith('.md'):
            continue
        text = re.sub(r'```.*?```|`[^`\n]*`', lambda m: '\n' * m.group(0).count('\n'), text, flags=re.S)
        for match in re.finditer(r'\]\(([^)\s#]+)(?:#[^)]*)?\)', text):
            target = match.group(1)
            if not re.match(r'[a-z]+:', target) and not (tree.root / os.path.dirname(path) / target).exists():
                yield path, line_of(text, match.start()), f'the link {target} leads nowhere'


def machine(tree):
    """No path of a developer's machine."""
    for path, text in tree.text.items():
        for match in re.finditer(r'(?<![\w.~$}-])/(root|work|home)/[\w.-]+', text):
            yield path, line_of(text, match.start()), f'{match.group(0)} exists on one machine only'


RULES = [floors, zones, words, marks, size, columns, functions, heads, dead, headers, rows, generated, links, machine]


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument('--root', default=Path(__file__).resolve().parent.parent, type=Path)
    parser.add_argument('--no-compile', action='store_true', help='skip the compilation of every header')
    options = parser.parse_args()
    tree = Tree(options.root)
    failed = 0
    chosen = [rule for rule in RULES if not (options.no_compile and rule is headers)]
    for rule in chosen:
        found = [(path, line, text) for path, line, text in rule(tree)
                 if rule in (size, functions) or not tree.excepted(rule.__name__, path)]
        failed += bool(found)
        for path, line, text in found:
            print(f'{path}:{line}: {rule.__name__}: {text}')
    stale = [e for index, e in enumerate(tree.exceptions) if index not in tree.used]
    for exception in stale:
        print(f'.ci/floors.toml:1: exceptions: nobody needs the one for {exception["rule"]} of {exception["path"]}')
    failed += bool(stale)
    print(f'{len(chosen) + 1 - failed} passed, {failed} failed')
    return 1 if failed else 0


if __name__ == '__main__':
    sys.exit(main())
