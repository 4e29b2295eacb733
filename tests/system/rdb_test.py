#!/usr/bin/env python3
"""RDB files between Gyre's code and real servers, and what gyre-check says of them and of damaged ones.

gyre-rdb-maker writes files as a server with several cores does; real servers load them, and write others that are
read; DEBUG DIGEST must agree. GYRE_RDB_PEERS names the servers (colons between them), redis-server of the PATH
otherwise. GYRE_SEED repeats a run, GYRE_ROUNDS makes it longer.
"""
import os
import random
import re
import shutil
import subprocess
import sys
import tempfile
import unittest

from harness import REDIS, ROOT
from lib.resp import Connection
from lib.server import Server
from value_maker import LIMITS, NEWER, Maker, identity

CHECK = os.environ.get('GYRE_CHECK', os.path.join(ROOT, 'build', 'release', 'gyre-check'))
MAKER = os.environ.get('GYRE_RDB_MAKER', os.path.join(ROOT, 'build', 'release', 'tests', 'gyre-rdb-maker'))
PEERS = [path for path in os.environ.get('GYRE_RDB_PEERS', shutil.which('redis-server') or '').split(':') if path]
SEED = int(os.environ.get('GYRE_SEED', '1'))
ROUNDS = int(os.environ.get('GYRE_ROUNDS', '6'))


class PlainMaker(Maker):
    """Without scores that one version prints with more digits than another, which would show in the digest."""

    def score(self):
        eighths = self.random.randrange(100_000) / 8
        return str(self.random.choice((0, -1, 0.5, 1_000_000, float('inf'), eighths))).encode()


def check(path, *options):
    result = subprocess.run([CHECK, *options, path], capture_output=True, text=True, timeout=300)
    return result.returncode, result.stdout + result.stderr


def digest_of(text):
    return re.search(r'^  digest +(\w{40})$', text, re.M).group(1)


class RdbFiles(unittest.TestCase):
    def setUp(self):
        self.dir = tempfile.mkdtemp(prefix='gyre-rdb-')
        self.addCleanup(shutil.rmtree, self.dir)
        self.path = os.path.join(self.dir, 'dump.rdb')

    def make(self, seed, version=10):
        made = subprocess.run([MAKER, str(seed), str(version), self.path], capture_output=True, text=True, check=True)
        with open(self.path, 'rb') as file:
            return made.stdout.strip(), file.read()

    def peer(self, path):
        # The log level makes the server tell the fields it does not know, as it takes notice of them.
        server = Server(path + REDIS + f" --dir {self.dir} --loglevel debug", 1, [])
        self.addCleanup(server.stop)
        connection = Connection(server.port, timeout=60)
        self.addCleanup(connection.close)
        self.addCleanup(server.control.close)
        return server, connection

    def test_what_is_written_is_read(self):
        for version in (10, 12):
            digest, _ = self.make(SEED, version)
            code, text = check(self.path, '--digest')
            self.assertEqual(code, 0, text)
            self.assertEqual(digest_of(text), digest)
            self.assertRegex(text, rf'(?m)^  version +{version}$')
            self.assertRegex(text, r'(?m)^  chunks +21$')
            self.assertRegex(text, r'(?m)^  checksum +right$')

    @unittest.skipUnless(PEERS, 'no redis-server is installed')
    def test_real_servers_load_what_is_written(self):
        for path in PEERS:
            is_valkey, version = identity(path)
            for seed in range(SEED, SEED + ROUNDS):
                digest, _ = self.make(seed, 12 if version >= (7, 4) and not is_valkey else 10)
                server, connection = self.peer(path)
                self.assertEqual(connection.call('DEBUG', 'DIGEST').value.decode(), digest, (path, seed))
                with open(server.log, encoding='utf-8', errors='replace') as log:
                    self.assertIn("'gyre-chunks'", log.read())
                server.stop()

    @unittest.skipUnless(PEERS, 'no redis-server is installed')
    def test_what_real_servers_write_is_read(self):
        for path in PEERS:
            is_valkey, version = identity(path)
            kinds = ['string', 'list', 'set', 'zset', 'hash', 'stream']
            if version >= (7, 4) and not is_valkey:
                kinds.append('expiring')
            if os.path.exists(self.path):
                os.remove(self.path)  # another peer's
            _, connection = self.peer(path)
            maker = PlainMaker(SEED)
            for number in range(ROUNDS):
                self.fill(connection, maker, kinds, version)
                self.assertEqual(connection.call('SAVE').value, b'OK')
                code, text = check(self.path, '--digest')
                self.assertEqual(code, 0, text)
                expected = connection.call('DEBUG', 'DIGEST').value.decode()
                self.assertEqual(digest_of(text), expected, (path, number))

    def fill(self, connection, maker, kinds, version):
        """Some fifty keys of all types and encodings, in databases by chance."""
        limits = LIMITS | NEWER if version >= (7, 2) else LIMITS
        for name, values in limits.items():
            connection.call('CONFIG', 'SET', name, maker.random.choice(values))
        policy = maker.random.choice(('noeviction', 'allkeys-lru', 'allkeys-lfu'))
        connection.call('CONFIG', 'SET', 'maxmemory-policy', policy)
        connection.call('CONFIG', 'SET', 'rdbchecksum', 'yes')
        for number in range(50):
            connection.call('SELECT', maker.random.randrange(3))
            key = b'%d' % maker.number() if number % 3 == 0 else b'key' * (1 + number) + maker.text()
            kind = maker.random.choice(kinds)
            for command in maker.stream(True) if kind == 'stream' else getattr(maker, kind)():
                named = [key if part == 'k' else part for part in command]
                connection.call(*named)
            if number % 4 == 0:
                connection.call('PEXPIREAT', key, 4_000_000_000_000 + number)

    def test_a_checksum_may_be_missing_and_bytes_may_follow(self):
        _, data = self.make(SEED)
        with open(self.path, 'wb') as file:
            file.write(data[:-8] + b'\0' * 8 + b'*1\r\n$4\r\nPING\r\n')
        code, text = check(self.path)
        self.assertEqual(code, 0, text)
        self.assertRegex(text, r'(?m)^  checksum +none$')
        self.assertRegex(text, r'(?m)^  behind it +14 bytes$')

    def test_damage_is_found_and_named(self):
        chance = random.Random(SEED)
        digest, data = self.make(SEED)
        starts = self.starts_of_chunks(data)
        for _ in range(60):
            at = chance.randrange(len(data))
            with open(self.path, 'wb') as file:
                file.write(data[:at] + bytes([data[at] ^ 1 << chance.randrange(8)]) + data[at + 1:])
            code, text = check(self.path)
            self.assertEqual(code, 1, (at, text))
            if starts[1] <= at < starts[-1]:
                chunk = max(i for i, start in enumerate(starts) if start <= at)
                found = set(re.findall(r'damaged at offset \d+, chunk (\d+) of core (\d+) ', text))
                self.assertEqual(found, {(str(chunk), str((chunk - 1) % 2))}, (at, text))

    def starts_of_chunks(self, data):
        """Where chunks begin by the index, and where the last one ends."""
        end = int.from_bytes(data[-17:-9], 'little')
        index = data[end:].index(b'1\0', 13) + end + 2
        starts = []
        while not starts or starts[-1] < end:
            starts.append(int.from_bytes(data[index:index + 8], 'little'))
            index += 40
            if int.from_bytes(data[index - 32:index - 24], 'little') + starts[-1] == end:
                starts.append(end)
        return starts

    def test_a_file_that_was_cut_is_damaged(self):
        chance = random.Random(SEED)
        _, data = self.make(SEED)
        for size in [0, 1, 9, 10, len(data) - 1, len(data) - 9, *(chance.randrange(len(data)) for _ in range(20))]:
            with open(self.path, 'wb') as file:
                file.write(data[:size])
            code, text = check(self.path)
            self.assertEqual(code, 1, (size, text))
            self.assertRegex(text, r'damaged at offset \d+: \d+ (bytes|elements) are to follow, but ')
            self.assertRegex(text, r'(?m)^  checksum +not reached$')

    def test_what_cannot_be_looked_at(self):
        for arguments in ([], ['--nonsense'], [os.path.join(self.dir, 'none')], [self.dir]):
            result = subprocess.run([CHECK, *arguments], capture_output=True, text=True)
            self.assertEqual(result.returncode, 2, arguments)
            self.assertNotEqual(result.stderr, '')
        with open(self.path, 'wb') as file:
            file.write(b'no RDB file')
        code, text = check(self.path)
        self.assertEqual(code, 1)
        self.assertIn('this is no RDB file', text)
        for option, part in (('--help', 'usage'), ('--version', 'gyre-check ')):
            result = subprocess.run([CHECK, option], capture_output=True, text=True)
            self.assertEqual(result.returncode, 0)
            self.assertIn(part, result.stdout)


if __name__ == '__main__':
    missing = [path for path in (CHECK, MAKER) if not os.path.exists(path)]
    if missing:
        sys.exit(f'not built: {missing}')
    unittest.main(warnings='ignore')
