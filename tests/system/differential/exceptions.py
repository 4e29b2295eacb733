"""Differences that are meant, each with its reason."""
import re


class Case:
    """A command and what both servers said to it."""

    def __init__(self, argv, theirs, ours, before):
        self.argv, self.theirs, self.ours, self.before = argv, theirs, ours, before

    def is_command(self, *words):
        return [part.lower() for part in self.argv[:len(words)]] == [word.encode() for word in words]

    def asks_keys_of(self, prefix):
        """Whether it is COMMAND GETKEYS of a command whose name begins so."""
        return self.is_command('command') and len(self.argv) > 2 and self.argv[2].lower().startswith(prefix)

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
     case.errors(b'wrong number of arguments', b'syntax error')),
    ('LPOS and LREM do not take the least integer',
     lambda case: (case.is_command('lpos') or case.is_command('lrem')) and
     b'value must between -9223372036854775807 and' in bytes(case.ours.value or b'') and
     b'-9223372036854775808' in case.argv),
    ('HELLO checks all options before the password',
     lambda case: case.is_command('hello') and case.errors(b'^WRONGPASS', b'^ERR ')),
    ('COMMAND GETKEYS of ZRANK counts WITHSCORE',
     lambda case: (case.asks_keys_of(b'zrank') or case.asks_keys_of(b'zrevrank')) and
     case.errors(b'Invalid number of arguments', None)),
]

ALWAYS = [
    ('of several STORE options of GEORADIUS the last one names the key, and COMMAND GETKEYS says so',
     lambda case: case.asks_keys_of(b'georadius') and
     sum(word.upper() in (b'STORE', b'STOREDIST') for word in case.argv) > 1),
    ('the value of a setting does not end at a zero byte',
     lambda case: case.is_command('config', 'set') and any(b'\x00' in word for word in case.argv)),
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
