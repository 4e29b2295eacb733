"""Differences that are meant, each with its reason."""
import re

from differential import compare


class Case:
    """A command and what both servers said to it."""

    def __init__(self, argv, theirs, ours, before):
        self.argv, self.theirs, self.ours, self.before = argv, theirs, ours, before
        self.told = ours.value if ours.kind == '-' else b''

    def is_command(self, *words):
        return [part.lower() for part in self.argv[:len(words)]] == [word.encode() for word in words]

    def asks_keys_of(self, prefix):
        """Whether it is COMMAND GETKEYS of a command whose name begins so."""
        return self.is_command('command') and len(self.argv) > 2 and self.argv[2].lower().startswith(prefix)

    def is_equal_without(self, *names):
        """Whether two answers about a stream are equal but for some fields."""
        fields = compare.STREAM_FIELDS.union(names)
        theirs, ours = (compare.without_times(compare.Plain(b'')(reply), fields) for reply in (self.theirs, self.ours))
        return theirs == ours

    def is_equal_up_to_zero_bytes(self):
        theirs, ours = ([(item.value or b'').partition(b'\0')[0] for item in reply.value] if reply.kind == '*' else None
                        for reply in (self.theirs, self.ours))
        return theirs is not None and theirs == ours

    def errors(self, theirs, ours):
        """Whether both are errors with these texts in them; None is for a reply that is no error."""
        return all(text is None if reply.kind != '-' else text is not None and re.search(text, reply.value)
                   for reply, text in ((self.theirs, theirs), (self.ours, ours)))


NUMBERS = b'not an integer|syntax error'

# What Redis has changed since 7.0; a younger one must agree.
SINCE_7_2 = [
    ('lists and sets have small encodings',
     lambda case: case.is_command('object', 'encoding') and
     (case.theirs.value, case.ours.value) in ((b'quicklist', b'listpack'), (b'hashtable', b'listpack'))),
    ('what is given many members at once is large, though some of them be the same',
     lambda case: case.is_command('object', 'encoding') and
     (case.theirs.value, case.ours.value) in ((b'listpack', b'skiplist'), (b'intset', b'listpack'),
                                              (b'intset', b'hashtable'))),
    ('scores with decimals are shown, and so digested, in the fewest digits that tell them',
     lambda case: case.is_command('debug') and case.before is not None and case.before.value == b'zset'),
    ('COMMAND GETKEYS accepts a command without arguments',
     lambda case: case.is_command('command') and len(case.argv) == 3 and
     case.errors(b'wrong number of arguments for .command', b'')),
    ('BITCOUNT and BITPOS check all arguments before they look for the key',
     lambda case: (case.is_command('bitcount') or case.is_command('bitpos')) and
     (case.errors(None, NUMBERS) or case.errors(b'WRONGTYPE', NUMBERS))),
    ('ZRANK and ZREVRANK know WITHSCORE',
     lambda case: (case.is_command('zrank') or case.is_command('zrevrank')) and
     case.theirs.kind == '-' and b'wrong number of arguments' in case.theirs.value and len(case.argv) == 4),
    ('LPOS does not take the least integer',
     lambda case: case.is_command('lpos') and
     b'value must between -9223372036854775807 and' in case.told and
     b'-9223372036854775808' in case.argv),
    ('HELLO checks all options before the password',
     lambda case: case.is_command('hello') and case.errors(b'^WRONGPASS', b'^ERR ')),
    ('COMMAND GETKEYS of ZRANK counts WITHSCORE',
     lambda case: (case.asks_keys_of(b'zrank') or case.asks_keys_of(b'zrevrank')) and
     case.errors(b'Invalid number of arguments', None)),
    ('XSETID respects the last deleted entry',
     lambda case: case.is_command('xsetid') and b'smaller than current max_deleted_entry_id' in case.told),
    ('XREAD and XREADGROUP tell which ids they take',
     lambda case: case.errors(b'^ERR Unbalanced XREAD', b"^ERR Unbalanced 'xread")),
    ('how many entries a group has read and its lag are not counted on where they cannot be known (7.4)',
     lambda case: case.is_command('xinfo') and case.is_equal_without(b'lag', b'entries-read')),
    ('XREAD takes + for the last entry (7.4)',
     lambda case: case.argv[0].lower().startswith(b'xread') and b'+' in case.argv and
     case.theirs.kind == '-' and b'Invalid stream ID' in case.theirs.value),
    ('SORT forgets the numbers out of range that it met before',
     lambda case: case.argv[0].lower() in (b'sort', b'sort_ro') and case.errors(b"can't be converted", None)),
]

ALWAYS = [
    ('of several STORE options of GEORADIUS the last one names the key, and COMMAND GETKEYS says so',
     lambda case: case.asks_keys_of(b'georadius') and
     sum(word.upper() in (b'STORE', b'STOREDIST') for word in case.argv) > 1),
    ('a number of keys is digits for COMMAND GETKEYS as well',
     lambda case: case.is_command('command') and case.errors(None, b'Invalid arguments specified')),
    ('SORT ALPHA compares bytes behind a zero byte as well',
     lambda case: case.argv[0].lower() in (b'sort', b'sort_ro') and case.is_equal_up_to_zero_bytes()),
    ('a trim that is only about right may leave other entries',
     lambda case: case.is_command('xtrim') and b'~' in case.argv and case.errors(None, None)),
    ('PFMERGE without sources has a key',
     lambda case: case.asks_keys_of(b'pfmerge') and len(case.argv) == 4),
    ('PFDEBUG DECODE does not tell a run that is cut off',
     lambda case: case.is_command('pfdebug', 'decode') and case.errors(None, b'^INVALIDOBJ')),
    ('HELP is in other words',
     lambda case: len(case.argv) == 2 and case.argv[1].lower() == b'help' and
     case.theirs.kind == case.ours.kind == '*'),
    ('a cursor is digits',
     lambda case: case.argv[0].lower().endswith(b'scan') and
     not case.argv[1 if case.is_command('scan') else 2].isdigit() and case.ours.value == b'ERR invalid cursor'),
]


def reason(argv, theirs, ours, before, version):
    """Why two replies may differ, or None."""
    case = Case(argv, theirs, ours, before)
    for why, applies in ALWAYS + (SINCE_7_2 if version < (7, 2) else []):
        if applies(case):
            return why
    return None
