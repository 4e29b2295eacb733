"""Values of all types by chance, as the commands that make them, and what `--version` of a server tells."""
import random
import re
import subprocess

LIMITS = {'hash-max-listpack-entries': (512, 2, 2000), 'hash-max-listpack-value': (64, 8, 20000),
          'zset-max-listpack-entries': (128, 2, 2000), 'zset-max-listpack-value': (64, 8, 20000),
          'set-max-intset-entries': (512, 2, 2000), 'list-max-listpack-size': (-2, -1, -5, 3),
          'stream-node-max-entries': (100, 1, 3), 'stream-node-max-bytes': (4096, 100, 0),
          'rdbcompression': ('yes', 'no')}
NEWER = {'set-max-listpack-entries': (128, 2, 2000), 'set-max-listpack-value': (64, 8, 20000)}
WIDTHS = (0, 1, 7, 8, 12, 13, 15, 16, 23, 24, 31, 32, 47, 48, 62, 63)
SIZES = (0, 1, 2, 10, 11, 12, 19, 20, 21, 44, 62, 63, 64, 65, 127, 128, 254, 255, 256, 4090, 4095, 4096, 4097, 9000)
ODD = (b'007', b'+1', b'-0', b'1.0', b'1e3', b' 1', b'1 ', b'nan', b'inf', b'9223372036854775807',
       b'-9223372036854775808', b'9223372036854775808', b'-1', b'-', b'\x00', b'\xff' * 5)


class Maker:
    """Values as the commands that make them."""

    def __init__(self, seed):
        self.random = random.Random(seed)

    def number(self):
        width = self.random.choice(WIDTHS)
        return self.random.randint(-(1 << width), (1 << width) - 1)

    def text(self):
        kind = self.random.randrange(8)
        if kind < 3:
            return b'%d' % self.number()
        if kind == 3:
            return self.random.choice(ODD)
        size = self.random.choice(SIZES) if self.random.random() < 0.3 else self.random.randrange(30)
        if kind < 6:
            return self.random.randbytes(size)
        return (b'abc%d' % self.random.randrange(100) * (size // 4 + 1))[:size]

    def count(self):
        return self.random.choice((1, 2, 3, 5, 20, 130, 600, 1500)) if self.random.random() < 0.5 else \
            self.random.randrange(1, 12)

    def texts(self, count):
        if self.random.random() < 0.3:
            return [b'%d' % self.number() for _ in range(count)]
        return [self.text() for _ in range(count)]

    def score(self):
        kind = self.random.randrange(6)
        if kind == 0:
            return self.random.choice((b'inf', b'-inf', b'0', b'1e300', b'5e-324', b'0.1'))
        return b'%d' % self.number() if kind < 3 else b'%.17g' % self.random.gauss(0, 1000)

    def string(self):
        if self.random.random() < 0.1:
            size = self.random.randrange(200_000)
            return [['SET', 'k', self.random.randbytes(size) if self.random.random() < 0.5 else b'0123' * (size // 4)]]
        return [['SET', 'k', self.text()]]

    def list(self):
        long = [self.random.randbytes(70_000)] if self.random.random() < 0.1 else []
        return [['RPUSH', 'k', *long, *self.texts(self.count()), *long]]

    def set(self):
        return [['SADD', 'k', *self.texts(self.count())]]

    def zset(self):
        return [['ZADD', 'k', *[part for name in self.texts(self.count()) for part in (self.score(), name)]]]

    def hash(self):
        return [['HSET', 'k', *[part for name in self.texts(self.count()) for part in (name, self.text())]]]

    def expiring(self):
        made = self.hash()
        names = list(dict.fromkeys(made[0][2::2]))
        for name in self.random.sample(names, min(len(names), self.random.randrange(1, 20))):
            deadline = 4_000_000_000_000 + self.random.choice((0, 1, 1000, 1 << 20, 1 << 34))
            made.append(['HPEXPIREAT', 'k', deadline, 'FIELDS', 1, name])
        return made

    def stream(self, with_groups=False):
        """`with_groups`: what also deletes entries, and has groups read them."""
        ms, made, ids = self.random.choice((1, 1 << 40)), [], []
        names = self.texts(self.random.randrange(1, 4))
        for _ in range(self.count()):
            if self.random.random() < 0.2:
                names = self.texts(self.random.randrange(1, 4))
            ms += self.random.choice((0, 1, 1000, 1 << 33))
            ids.append(f'{ms}-{len(ids)}')
            made.append(['XADD', 'k', ids[-1], *[part for name in names for part in (name, self.text())]])
        if self.random.random() < 0.3:
            made.append(['XTRIM', 'k', 'MAXLEN', self.random.randrange(len(ids) + 1)])
        if not with_groups:
            return made
        if self.random.random() < 0.7:
            made.append(['XDEL', 'k', *self.random.sample(ids, self.random.randrange(1, len(ids) + 1))])
        if self.random.random() < 0.3:
            made.append(['XSETID', 'k', f'{ms + 5}-0', 'ENTRIESADDED', len(ids) + 7, 'MAXDELETEDID', ids[-1]])
        for group in sorted(set(self.texts(self.random.randrange(4)))):
            start = self.random.choice(['0', '$', self.random.choice(ids)])
            made.append(['XGROUP', 'CREATE', 'k', group, start])
            for _ in range(self.random.randrange(4)):
                consumer = self.text()
                made.append(['XGROUP', 'CREATECONSUMER', 'k', group, consumer])
                count = self.random.randrange(1, 50)
                made.append(['XREADGROUP', 'GROUP', group, consumer, 'COUNT', count, 'STREAMS', 'k', '>'])
            made.append(['XACK', 'k', group, *self.random.sample(ids, 1 + len(ids) // 3)])
        return made


def identity(path):
    text = subprocess.run([path, '--version'], capture_output=True, text=True, check=True).stdout
    version = tuple(int(number) for number in re.search(r'v=(\d+)\.(\d+)', text).groups())
    return 'alkey' in text, version
