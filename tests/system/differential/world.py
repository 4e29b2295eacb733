"""Rounds: what the keys hold at first, and the commands that follow, all from one seed."""
import random

from differential import commands
from differential.grammar import Line, disturb, make_parts
from differential.values import ALL_KEYS, ELEMENTS, INTEGERS, KEYS, Values

# Sizes at which encodings change; a round takes one of each, so that small collections meet both sides.
LIMITS = {b'hash-max-listpack-entries': (b'128', b'4', b'8'), b'hash-max-listpack-value': (b'64', b'8'),
          b'zset-max-listpack-entries': (b'128', b'4', b'8'), b'zset-max-listpack-value': (b'64', b'8'),
          b'set-max-intset-entries': (b'512', b'4', b'8'), b'list-max-listpack-size': (b'-2', b'2', b'4'),
          b'hll-sparse-max-bytes': (b'3000', b'60'), b'list-compress-depth': (b'0', b'1')}

LINES = [Line(text) for text in commands.grammar_lines()]
NAMES = {line.name for line in LINES}
REFILLED = (b'spop', b'xsetid')  # may leave other contents in each server, so the key goes, and is made again
BY_NAME = (b'zrangebylex', b'zrevrangebylex', b'zlexcount', b'zremrangebylex')
RANDOM_READS = {b'srandmember': b'SMEMBERS', b'spop': b'SMEMBERS', b'hrandfield': b'HGETALL',
                b'zrandmember': b'ZRANGE'}


def make_content(key, rng, values):
    """Commands that fill a key with what its name says."""
    kind = key.rstrip(b'0123456789').decode('latin1')
    size = rng.choice((1, 3, 6, 12, 30))
    elements = rng.sample(ELEMENTS, size)
    if kind == 'str':
        return [[b'SET', key, rng.choice(ELEMENTS + [b'ohmytext', b'mynewtext' * 4])]]
    if kind == 'num':
        return [[b'SET', key, rng.choice([b'10', b'-5', b'3.5', b'0'] + INTEGERS)]]
    if kind == 'bits':
        return [[b'SET', key, bytes(rng.choice((0, 255, rng.randrange(256))) for _ in range(size))]]
    if kind == 'hll':
        return [[b'PFADD', key] + elements + [b'%d' % n for n in range(rng.choice((0, 10, 400)))]]
    if kind == 'list':
        return [[b'RPUSH', key] + elements + elements[:2]]
    if kind == 'set':
        numbers = [b'%d' % rng.choice((n, n, n * 40000, n << 40)) for n in range(size)]
        return [[b'SADD', key] + rng.choice((elements, numbers, [b'%d' % n for n in range(size)]))]
    if kind == 'zset':
        same = key == b'zset2' or rng.random() < 0.3
        scores = [b'0' if same else b'%d' % rng.randint(-5, 15) for _ in elements]
        return [[b'ZADD', key] + [part for pair in zip(scores, elements) for part in pair]]
    if kind == 'geo':
        return [[b'GEOADD', key] + [part for name in (b'a', b'b', b'c', b'd', b'Palermo')
                                    for part in (b'%.4f' % rng.uniform(10, 16), b'%.4f' % rng.uniform(36, 40), name)]]
    if kind == 'stream':
        streams = [[b'XADD', key, values.make('next_id')[0], rng.choice(elements), rng.choice(ELEMENTS)]
                   for _ in range(size)]
        groups = [[b'XGROUP', b'CREATE', key, group, rng.choice((b'0', b'$'))] for group in (b'g1', b'g2')]
        groups += [[b'XGROUP', b'CREATECONSUMER', key, b'g1', name] for name in (b'alice', b'bob')]
        reads = [[b'XREADGROUP', b'GROUP', b'g1', rng.choice((b'alice', b'bob')), b'COUNT', b'2', b'STREAMS', key, b'>']
                 for _ in range(rng.randint(0, 3))]
        return streams + groups + reads
    if kind in ('nlist', 'nset', 'nzset'):
        numbers = [b'%g' % (rng.randint(-3, 12) / rng.choice((1, 1, 2))) for _ in range(size)]
        name = {'nlist': b'RPUSH', 'nset': b'SADD', 'nzset': b'ZADD'}[kind]
        if kind == 'nzset':
            numbers = [part for number in numbers for part in (b'%d' % rng.randint(0, 9), number)]
        return [[name, key] + numbers]
    if kind == 'weight':
        return [[b'SET', key, rng.choice((b'%d' % rng.randint(0, 5), b'1.5', b'inf', b'x'))]]
    if kind == 'hash':
        return [[b'HSET', key] + [part for e in elements for part in (e, rng.choice(ELEMENTS + [b'5', b'2.5']))]]
    return []


def is_number(text, low, high):
    """Whether a server would read a number between the two; lengths beyond ten digits are out of all ranges here."""
    digits = text.lstrip(b'#+- ').rstrip()
    return digits.isdigit() and len(digits) < 12 and low <= int(digits) <= high


def is_unsafe(argv):
    """Commands whose outcome depends on the clock, or that take memory or minutes for nothing."""
    name, rest = argv[0].lower(), argv[1:]
    if name in (b'expire', b'setex', b'getex', b'set', b'pexpire', b'psetex'):
        # A key that expires while the test runs would expire at two moments. The key and SET's value may be numbers.
        least = 60000000 if name in (b'pexpire', b'psetex') else 60000
        numbers = rest[2:] if name == b'set' else rest[1:2] if name != b'getex' else rest[1:]
        for at, text in enumerate(numbers):
            before = numbers[at - 1].lower() if at else b''
            if is_number(text, 1, 60000000 if before == b'px' else least) and before not in (b'exat', b'pxat'):
                if not text.startswith(b'-'):
                    return True
        return False
    if name == b'bitfield' and any(word.startswith(b'-92233720368547758') for word in rest):
        return True  # Redis takes what is far below the range of SET for what is above it.
    if name == b'lrem' and b'-9223372036854775808' in rest:
        return True  # an error since 7.2
    if name in (b'setrange', b'setbit', b'bitfield', b'bitop'):
        return any(is_number(text, 5000, 1 << 33) for text in rest)
    if name in (b'srandmember', b'hrandfield', b'zrandmember'):
        # A negative count asks for so many elements, again and again the same ones.
        return any(text.startswith(b'-') and len(text) > 4 for text in rest)
    if name == b'hello':
        # Redis 7.0 sets the name before it looks at the password.
        return {b'AUTH', b'SETNAME'} <= {word.upper() for word in rest}
    if name.startswith(b'x') and any(word.lstrip(b'(') in (b'-0', b'+1', b' 1', b'1\x00') for word in rest):
        return True  # Redis takes them for ids, as strtoull() does; Gyre takes digits.
    if name in (b'xclaim', b'xautoclaim', b'xpending'):
        # The time that an entry must have been idle, where it was put or misplaced.
        return any(is_number(text, 1, 99999999) for text in argv[3:6] if b'-' not in text) or b'*' in rest
    if name in (b'xadd', b'xread', b'xreadgroup'):
        return b'*' in rest or b'BLOCK' in [text.upper() for text in rest]
    if name == b'config':
        # Redis ends a number at a zero byte; and what is large takes memory.
        return any(b'\x00' in text for text in rest) or any(text.isdigit() and len(text) > 6 for text in rest)
    return False


class Round:
    """One world and its commands: equal for equal seeds and numbers."""

    def __init__(self, seed, number, size, names):
        self.rng = random.Random(f'{seed}/{number}')
        self.protocol = self.rng.choice((2, 3))
        self.limits = [part for name, choices in LIMITS.items() for part in (name, self.rng.choice(choices))]
        self.values = Values(self.rng)
        self.values.make_limit = lambda: self.rng.choice(list(LIMITS))
        self.values.make_command = self.argv
        self.lines = [line for line in LINES if line.name in names]
        self.weights = [line.weight for line in self.lines]
        self.commands = []
        for key in ALL_KEYS:
            if self.rng.random() < 0.9:
                self.commands += make_content(key, self.rng, self.values)
        while len(self.commands) < size:
            self.step()

    def argv(self):
        line = self.rng.choices(self.lines, self.weights)[0]
        argv = []
        make_parts(line.parts, self.rng, self.values, argv)
        if not line.is_calm:
            while self.rng.random() < 0.12:
                disturb(argv, self.rng, self.values)
        return argv

    def refill(self, key):
        return [[b'SET', key, b'x'], [b'DEL', key]] + make_content(key, self.rng, self.values)

    def step(self):
        if self.rng.random() < 0.03:
            self.commands += self.refill(self.rng.choice(ALL_KEYS))
        argv = self.argv()
        while is_unsafe(argv):
            argv = self.argv()
        name = argv[0].lower()
        words = [word.upper() for word in argv]
        if name in RANDOM_READS and len(argv) > 1:
            # What there is to choose from stands before, for the comparer.
            self.commands.append([RANDOM_READS[name], argv[1]] + ([b'0', b'-1'] if name == b'zrandmember' else []))
        if name in (b'sort', b'sort_ro') and len(argv) > 1:
            self.commands.append([b'TYPE', argv[1]])
        if name in (b'xreadgroup', b'xclaim', b'xautoclaim'):
            self.commands += self.make_consumers(argv)
        source = self.named_source(name, argv)
        if source is None and name.startswith(b'geo') and b'COUNT' in words:
            source = argv[2 if name == b'geosearchstore' else 1]
        if source is not None:
            self.commands.append([b'ZRANGE', source, b'0', b'-1', b'WITHSCORES'])
        self.commands.append(argv)
        if name in REFILLED and len(argv) > 1:
            self.commands += self.refill(argv[1])
        if name in (b'xadd', b'xtrim') and b'~' in argv:
            self.commands += self.refill(argv[1])  # what is trimmed about right may leave other entries
        if name in (b'sort', b'sort_ro') and len(argv) > 1:
            self.commands += self.refill(argv[1])  # Redis makes a small sorted set large for it
        if name == b'sort' or name.startswith(b'georadius'):
            for at, word in enumerate(words[:-1]):
                if word in (b'STORE', b'STOREDIST'):
                    self.commands += self.refill(argv[at + 1])
        if source is not None and name in (b'zremrangebylex', b'zrangestore', b'geosearchstore'):
            self.commands += self.refill(argv[1])

    @staticmethod
    def make_consumers(argv):
        """Before 7.2 a consumer is made by its first entry, since then by its first command."""
        words = [word.upper() for word in argv]
        if argv[0].lower() != b'xreadgroup':
            return [[b'XGROUP', b'CREATECONSUMER', *argv[1:4]]]
        if b'GROUP' not in words[:-2] or b'STREAMS' not in words:
            return []
        at = words.index(b'GROUP')
        return [[b'XGROUP', b'CREATECONSUMER', key, argv[at + 1], argv[at + 2]]
                for key in argv[words.index(b'STREAMS') + 1:]]

    @staticmethod
    def named_source(name, argv):
        """The key of a range of names. It means nothing where scores differ, so the comparer sees them before."""
        by_name = name in BY_NAME or name in (b'zrange', b'zrangestore') and b'BYLEX' in [a.upper() for a in argv]
        at = 2 if name == b'zrangestore' else 1
        return argv[at] if by_name and len(argv) > at else None
