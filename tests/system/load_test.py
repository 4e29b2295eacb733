#!/usr/bin/env python3
"""Files that real servers and gyre-rdb-maker wrote, loaded at the start of Gyre; and damaged ones, refused.

GYRE_RDB_PEERS names the servers that write (colons between them), redis-server of the PATH otherwise; GYRE_CORES the
core counts (1,2,4). GYRE_SEED repeats a run, GYRE_ROUNDS makes it longer.
"""
import os
import random
import re
import shlex
import shutil
import subprocess
import sys
import tempfile
import time
import unittest

from harness import GYRE, REDIS, ROOT
from lib.resp import Connection
from lib.server import Server, free_port
from value_maker import LIMITS, NEWER, Maker, identity

MAKER = os.environ.get('GYRE_RDB_MAKER', os.path.join(ROOT, 'build', 'release', 'tests', 'gyre-rdb-maker'))
PEERS = [path for path in os.environ.get('GYRE_RDB_PEERS', shutil.which('redis-server') or '').split(':') if path]
CORES = [int(count) for count in os.environ.get('GYRE_CORES', '1,2,4').split(',')]
SEED = int(os.environ.get('GYRE_SEED', '1'))
ROUNDS = int(os.environ.get('GYRE_ROUNDS', '4'))
DATABASES = 5


class RoundMaker(Maker):
    """Without scores that one version prints with more digits than another, which would show in the digest."""

    def score(self):
        eighths = self.random.randrange(10_000) / 8
        return str(self.random.choice((0, -1, 0.5, 1_000_000, float('inf'), eighths))).encode()


class Case(unittest.TestCase):
    def setUp(self):
        self.dir = tempfile.mkdtemp(prefix='gyre-load-')
        self.addCleanup(shutil.rmtree, self.dir, ignore_errors=True)
        self.path = os.path.join(self.dir, 'dump.rdb')

    def peer(self, path, options=()):
        server = Server(path + REDIS.replace('{dir}', self.dir), 1, list(options))
        self.addCleanup(server.stop)
        self.addCleanup(server.control.close)
        return server, server.control

    def gyre(self, cores, *options):
        # The files are to be those of others after a stop, too.
        server = Server(GYRE.replace('{dir}', self.dir), cores, ['save=', *options])
        self.addCleanup(server.stop)
        self.addCleanup(server.control.close)
        return server

    def refused(self, cores, *options):
        """What a start that fails has to say."""
        command = shlex.split(GYRE.format(port=free_port(), cores=cores, dir=self.dir))
        for option in options:
            command += ['--set', option]
        result = subprocess.run(command, capture_output=True, text=True, errors='replace', check=False)
        self.assertEqual(result.returncode, 1, result.stdout + result.stderr)
        return result.stderr

    def log_of(self, server):
        with open(server.log, encoding='utf-8', errors='replace') as log:
            return log.read()

    def same(self, found, expected, *where):
        for first, second in zip(found, expected):
            self.assertEqual(str(first)[:200], str(second)[:200], where)
        self.assertEqual(len(found), len(expected), where)

    def write(self, data):
        with open(self.path, 'wb') as file:
            file.write(data)

    def make(self, seed, version=10):
        made = subprocess.run([MAKER, str(seed), str(version), self.path], capture_output=True, text=True, check=True)
        with open(self.path, 'rb') as file:
            return made.stdout.strip(), file.read()


def fill(connection, maker, kinds, version, policy):
    """Some keys of all types and encodings, in databases by chance; a few large ones."""
    for name, values in (LIMITS | NEWER if version >= (7, 2) else LIMITS).items():
        connection.call('CONFIG', 'SET', name, maker.random.choice(values))
    connection.call('CONFIG', 'SET', 'maxmemory-policy', policy)
    for number in range(80):
        connection.call('SELECT', maker.random.randrange(DATABASES))
        key = b'%d' % maker.number() if number % 3 == 0 else b'key' * (1 + number) + maker.text()
        kind = maker.random.choice(kinds)
        for command in maker.stream(True) if kind == 'stream' else getattr(maker, kind)():
            connection.call(*[key if part == 'k' else part for part in command])
        if number % 4 == 0:
            connection.call('PEXPIREAT', key, 4_000_000_000_000 + number)
    connection.call('SELECT', 1)
    for size in (1 << 20, 5 << 20):
        connection.call('SET', f'large {size}', maker.random.randbytes(size))
        connection.call('SET', f'large and simple {size}', b'abcd' * (size // 4))


def kinds_of(path):
    is_valkey, version = identity(path)
    kinds = ['string', 'list', 'set', 'zset', 'hash', 'stream']
    return kinds + ['expiring'] if version >= (7, 4) and not is_valkey else kinds, version


def state(connection):
    """What must be the same: every value, and when what expires."""
    answer = []
    for database in range(DATABASES):
        connection.call('SELECT', database)
        keys = sorted(item.value for item in connection.call('KEYS', '*').value)
        answer += [(key, connection.call('PEXPIRETIME', key).value, connection.call('TYPE', key).value) for key in keys]
    return [*answer, connection.call('DEBUG', 'DIGEST').value]


class Snapshots(Case):
    @unittest.skipUnless(PEERS, 'no redis-server is installed')
    def test_what_real_servers_save_is_loaded(self):
        for path in PEERS:
            kinds, version = kinds_of(path)
            maker = RoundMaker(SEED)
            for number in range(ROUNDS):
                if os.path.exists(self.path):
                    os.remove(self.path)
                server, connection = self.peer(path)
                fill(connection, maker, kinds, version, 'noeviction')
                self.assertEqual(connection.call('SAVE').value, b'OK')
                expected = state(connection)
                server.stop_process()
                for cores in CORES:
                    loaded = self.gyre(cores)
                    self.same(state(loaded.control), expected, path, number, cores)
                    self.assertRegex(self.log_of(loaded), r'DB loaded from disk: \d+\.\d+ seconds')
                    loaded.stop_process()

    @unittest.skipUnless(PEERS, 'no redis-server is installed')
    def test_uses_of_keys_are_loaded(self):
        for policy, question in (('allkeys-lru', 'IDLETIME'), ('allkeys-lfu', 'FREQ')):
            server, connection = self.peer(PEERS[0], [f'maxmemory-policy={policy}'])
            for number in range(50):
                connection.call('SET', f'key:{number}', 'value')
                payload = connection.call('DUMP', f'key:{number}').value
                use = 1000 * number if policy == 'allkeys-lru' else number
                connection.call('RESTORE', f'key:{number}', 0, payload, 'REPLACE', question.removesuffix('UENCY'), use)
            self.assertEqual(connection.call('SAVE').value, b'OK')
            server.stop_process()
            for cores in CORES:
                loaded = self.gyre(cores, f'maxmemory-policy={policy}')
                for number in range(50):
                    use = loaded.control.call('OBJECT', question, f'key:{number}').value
                    expected = 1000 * number if policy == 'allkeys-lru' else number
                    self.assertTrue(expected <= use <= expected + 60, (policy, number, use))
                loaded.stop_process()
            os.remove(self.path)

    @unittest.skipUnless(PEERS, 'no redis-server is installed')
    def test_keys_whose_time_has_come_are_left_out(self):
        server, connection = self.peer(PEERS[0])
        for number in range(100):
            connection.call('SET', f'stays:{number}', number)
            connection.call('SET', f'goes:{number}', number, 'PX', 200)
        self.assertEqual(connection.call('SAVE').value, b'OK')
        server.stop_process()
        time.sleep(0.3)
        for cores in CORES:
            loaded = self.gyre(cores)
            self.assertEqual(loaded.control.call('DBSIZE').value, 100)
            info = loaded.control.call('INFO', 'persistence').value.decode()
            self.assertIn('rdb_last_load_keys_expired:100\r\n', info)
            self.assertIn('rdb_last_load_keys_loaded:100\r\n', info)
            self.assertIn('\r\nloading:0\r\n', info)
            loaded.stop_process()

    def test_files_of_our_own_are_loaded(self):
        for seed in range(SEED, SEED + ROUNDS):
            digest, data = self.make(seed, 12 if seed % 2 else 10)
            for cores in CORES:
                server = self.gyre(cores)
                self.assertEqual(server.control.call('DEBUG', 'DIGEST').value.decode(), digest, (seed, cores))
                server.stop_process()
            self.write(data[:-8] + b'\0' * 8 + b'*1\r\n$4\r\nPING\r\n')  # no checksum, and something behind it
            server = self.gyre(CORES[-1])
            self.assertEqual(server.control.call('DEBUG', 'DIGEST').value.decode(), digest)
            self.assertIn('14 bytes behind the end', self.log_of(server))
            server.stop_process()

    def test_no_file_is_no_error(self):
        server = self.gyre(CORES[-1])
        self.assertEqual(server.control.call('DBSIZE').value, 0)
        self.assertNotIn('DB loaded', self.log_of(server))
        for appendonly in ('no', 'yes'):
            server = self.gyre(1, 'dbfilename=', f'appendonly={appendonly}')
            self.assertEqual(server.control.call('DBSIZE').value, 0)


@unittest.skipUnless(PEERS, 'no redis-server is installed')
class AppendOnlyFiles(Case):
    """Those of a real server, which Gyre goes on with."""

    def setUp(self):
        super().setUp()
        self.first = os.path.join(self.dir, 'first')  # what the peer left
        self.files = os.path.join(self.first, 'appendonlydir')

    def write_some(self, connection, seed):
        fill(connection, RoundMaker(seed), *kinds_of(PEERS[0]), 'noeviction')
        connection.call('SELECT', 2)
        for command in (['MULTI'], ['SET', 'in', 'one'], ['INCRBY', 'transaction', 5], ['SELECT', 3],
                        ['SET', 'x', 'y'], ['SELECT', 2], ['EXEC'], ['SET', 'goes', 'at once', 'PX', 1],
                        ['EXPIRE', 'in', 10_000], ['SADD', 'set', 1, 2, 3, 4, 5, 6], ['SPOP', 'set']):
            connection.call(*command)
        while connection.call('GET', 'goes').value is not None:
            time.sleep(0.001)

    def make_files(self, *options, rewrites=True):
        """Leaves the files of a server that was killed, with a base if `rewrites`, and tells its state."""
        self.assertLess(kinds_of(PEERS[0])[1], (8, 0), 'the first peer must be as old as Gyre\'s files')
        shutil.rmtree(os.path.join(self.dir, 'appendonlydir'), ignore_errors=True)
        server, connection = self.peer(PEERS[0], ['appendonly=yes', 'appendfsync=always', *options])
        self.write_some(connection, SEED)
        if rewrites:
            connection.call('BGREWRITEAOF')
            while b'aof_rewrite_in_progress:1' in connection.call('INFO', 'persistence').value:
                time.sleep(0.01)
            for word in (b'aof_last_bgrewrite_status:ok', b'aof_rewrite_scheduled:0'):
                self.assertIn(word, connection.call('INFO', 'persistence').value)
            self.write_some(connection, SEED + 1)
        connection.call('PING')
        expected = state(connection)
        server.process.kill()
        server.process.wait()
        os.mkdir(self.first)
        shutil.move(os.path.join(self.dir, 'appendonlydir'), self.files)
        return expected

    def check(self, expected, cores, *options):
        """Loads what is in self.dir, writes more, is killed, and has all of it after the next start."""
        server = self.gyre(cores, 'appendonly=yes', *options)
        self.same(state(server.control), expected)
        self.assertRegex(self.log_of(server), r'DB loaded from (append only file|disk): \d+\.\d+ seconds')
        for number in range(100):
            server.control.call('SET', f'more:{number}', number)
        more = state(server.control)
        self.assertNotEqual(more[-1], expected[-1])
        for again in (cores, CORES[0]):
            server.process.kill()
            server.process.wait()
            server = self.gyre(again, 'appendonly=yes', *options)
            self.same(state(server.control), more)
        server.stop_process()

    def lay_out(self, name='appendonlydir'):
        shutil.rmtree(os.path.join(self.dir, 'appendonlydir'), ignore_errors=True)
        shutil.copytree(self.files, os.path.join(self.dir, name))

    def base(self):
        return next(os.path.join(self.files, name) for name in os.listdir(self.files) if '.base.' in name)

    def commands(self):
        """Of the files behind the base, as one text."""
        names = [name for name in os.listdir(self.files) if '.incr.' in name]
        names.sort(key=lambda name: int(name.split('.')[2]))
        parts = []
        for name in names:
            with open(os.path.join(self.files, name), 'rb') as file:
                parts.append(file.read())
        return b''.join(parts)

    def test_with_a_base_that_is_a_snapshot(self):
        expected = self.make_files()
        self.assertTrue(self.base().endswith('.rdb'))
        for cores in CORES:
            self.lay_out()
            self.check(expected, cores)

    def test_with_a_base_of_commands(self):
        expected = self.make_files('aof-use-rdb-preamble=no')
        self.assertTrue(self.base().endswith('.aof'))
        for cores in CORES:
            self.lay_out()
            self.check(expected, cores)

    def test_of_one_piece(self):
        """Before version 7 there was one file: a snapshot and commands, or commands alone."""
        for preamble in ('yes', 'no'):
            shutil.rmtree(self.first, ignore_errors=True)
            expected = self.make_files(f'aof-use-rdb-preamble={preamble}')
            with open(self.base(), 'rb') as file:
                data = file.read() + self.commands()
            old = os.path.join(self.dir, 'appendonly.aof')
            for cores in CORES:
                for torn in (b'', b'*2\r\n$3\r\nDEL\r\n$5\r\nmore:'):
                    shutil.rmtree(os.path.join(self.dir, 'appendonlydir'), ignore_errors=True)
                    with open(old, 'wb') as file:
                        file.write(data + torn)
                    if torn:
                        text = self.refused(cores, 'appendonly=yes', 'aof-load-truncated=no')
                        self.assertIn('see aof-load-truncated', text)
                        self.assertTrue(os.path.exists(old))
                    self.check(expected, cores)
                    self.assertFalse(os.path.exists(old))

    def test_a_torn_end_before_files_in_which_nothing_stands(self):
        directory = os.path.join(self.dir, 'appendonlydir')
        path = os.path.join(directory, 'appendonly.aof.1.incr.aof')
        whole, torn = b'*3\r\n$3\r\nSET\r\n$1\r\nk\r\n$1\r\nv\r\n', b'*3\r\n$3\r\nSET\r\n$1\r\nk'
        for cores in CORES:
            shutil.rmtree(directory, ignore_errors=True)
            os.mkdir(directory)
            with open(os.path.join(directory, 'appendonly.aof.manifest'), 'w', encoding='utf-8') as file:
                file.write('file appendonly.aof.1.incr.aof seq 1 type i\n')
            for _ in range(3):
                with open(path, 'wb') as file:
                    file.write(whole + torn)
                text = self.refused(cores, 'appendonly=yes', 'aof-load-truncated=no')
                self.assertIn('Unexpected end of file reading the append only file', text)
                server = self.gyre(cores, 'appendonly=yes')
                self.assertEqual(server.control.call('GET', 'k').value, b'v')
                server.stop_process()
            server = self.gyre(cores, 'appendonly=yes')
            self.assertEqual(server.control.call('SET', 'k', 'w').value, b'OK')
            server.stop_process()
            with open(path, 'ab') as file:
                file.write(torn)
            self.assertIn('Bad file format', self.refused(cores, 'appendonly=yes'))

    def test_a_snapshot_becomes_the_base(self):
        server, connection = self.peer(PEERS[0])
        self.write_some(connection, SEED)
        connection.call('SAVE')
        expected = state(connection)
        server.stop_process()
        with open(self.path, 'rb') as file:
            data = file.read()
        for cores in CORES:
            self.write(data)
            shutil.rmtree(os.path.join(self.dir, 'appendonlydir'), ignore_errors=True)
            self.check(expected, cores)
            with open(self.path, 'rb') as file:
                self.assertEqual(file.read(), data)
            self.write(b'another one, which nobody looks at any more')
            self.gyre(cores, 'appendonly=yes').stop_process()

    def test_damage_of_a_base(self):
        self.make_files()
        self.lay_out()
        name = os.path.join(self.dir, 'appendonlydir', os.path.basename(self.base()))
        with open(name, 'r+b') as file:
            file.seek(-20, os.SEEK_END)
            byte = file.read(1)
            file.seek(-20, os.SEEK_END)
            file.write(bytes([byte[0] ^ 1]))
        self.assertIn(name, self.refused(CORES[-1], 'appendonly=yes'))
        os.remove(name)
        self.assertIn(name, self.refused(CORES[-1], 'appendonly=yes'))


class Loading(Case):
    """What happens while a file is being loaded."""
    KEYS = 2_000_000

    def start(self, cores):
        with open(self.path, 'wb') as file:
            keys = b''.join(b'\x00\x07%07d\x01v' % number for number in range(self.KEYS))
            file.write(b'REDIS0011\xfe\x00' + keys + b'\xff' + b'\0' * 8)
        port = free_port()
        with open(os.path.join(self.dir, 'log'), 'wb') as log:
            command = shlex.split(GYRE.format(port=port, cores=cores, dir=self.dir))
            process = subprocess.Popen(command, stdout=log, stderr=log)
        self.addCleanup(process.wait)
        self.addCleanup(process.kill)
        while process.poll() is None:
            try:
                connection = Connection(port, timeout=60)
                self.addCleanup(connection.close)
                return process, connection
            except OSError:
                time.sleep(0.001)
        return self.fail('it ended')

    def until_seen(self, attempt):
        """A machine with other things to do may have it loaded before anybody looks."""
        self.assertTrue(any(attempt() for _ in range(10)))

    def test_what_clients_are_told(self):
        def attempt():
            process, connection = self.start(CORES[0])
            connection.send(b'GET 0000001\r\nINFO persistence\r\n')
            reply, text = connection.read().value, connection.read().value.decode()
            info = dict(line.split(':', 1) for line in text.split('\r\n') if ':' in line)
            is_seen = info['loading'] == '1'
            if is_seen:
                self.assertTrue(reply.startswith(b'LOADING '), reply)
                self.assertEqual(int(info['loading_total_bytes']), os.path.getsize(self.path))
                self.assertLess(int(info['loading_loaded_bytes']), os.path.getsize(self.path))
                self.assertLess(float(info['loading_loaded_perc']), 100)
                self.assertGreater(int(info['loading_start_time']), 1_700_000_000)
                self.assertIn('loading_eta_seconds', info)
                self.assertIn('loading_rdb_used_mem', info)
            while connection.call('GET', '0000001').value != b'v':
                time.sleep(0.01)
            self.assertEqual(connection.call('DBSIZE').value, self.KEYS)
            self.assertNotIn(b'loading_', connection.call('INFO', 'persistence').value)
            process.terminate()
            self.assertEqual(process.wait(), 0)
            return is_seen
        self.until_seen(attempt)

    def test_a_stop_ends_the_process(self):
        for cores in CORES:
            def attempt(cores=cores):
                process, connection = self.start(cores)
                if cores == CORES[0]:
                    process.terminate()
                else:
                    connection.send(b'SHUTDOWN\r\n')
                self.assertEqual(process.wait(), 0)
                with open(os.path.join(self.dir, 'log'), encoding='utf-8') as log:
                    return 'Data was being loaded, exiting now.' in log.read()
            self.until_seen(attempt)


class Damage(Case):
    def test_a_flipped_bit_of_our_own_file_is_named(self):
        chance = random.Random(SEED)
        _, data = self.make(SEED)
        index = int.from_bytes(data[-17:-9], 'little')
        for _ in range(20):
            at = chance.randrange(len(data))
            self.write(data[:at] + bytes([data[at] ^ 1 << chance.randrange(8)]) + data[at + 1:])
            text = self.refused(chance.choice(CORES))
            self.assertIn(self.path, text)
            if at < index:
                self.assertRegex(text, r'Bad file format reading the RDB file .* at byte \d+, in chunk \d+', at)

    @unittest.skipUnless(PEERS, 'no redis-server is installed')
    def test_a_flipped_bit_of_a_file_of_redis_is_found(self):
        chance = random.Random(SEED)
        server, connection = self.peer(PEERS[0])
        kinds, version = kinds_of(PEERS[0])
        fill(connection, RoundMaker(SEED), kinds, version, 'noeviction')
        self.assertEqual(connection.call('SAVE').value, b'OK')
        server.stop_process()
        with open(self.path, 'rb') as file:
            data = file.read()
        for _ in range(20):
            at = chance.randrange(len(data))
            self.write(data[:at] + bytes([data[at] ^ 1 << chance.randrange(8)]) + data[at + 1:])
            self.assertRegex(self.refused(chance.choice(CORES)), 'Bad file format|Wrong RDB checksum', at)

    def test_a_file_that_was_cut_is_refused(self):
        chance = random.Random(SEED)
        _, data = self.make(SEED)
        for size in [0, 1, 9, 10, len(data) - 1, len(data) - 9, *(chance.randrange(len(data)) for _ in range(8))]:
            self.write(data[:size])
            self.assertRegex(self.refused(chance.choice(CORES)), r'at byte \d+.*: \d+ (bytes|elements) are to follow')

    def test_databases_that_are_not_there(self):
        self.make(SEED)
        text = self.refused(CORES[-1], 'databases=1')
        self.assertRegex(text, r'keys of database \d follow, but there are 1 databases')

    def test_a_key_that_is_there_twice(self):
        head = b'REDIS0010\xfe\x00'
        self.write(head + b'\x00\x03key\x01a' + b'\x00\x05other\x01a' + b'\x00\x03key\x01b' + b'\xff' + b'\0' * 8)
        for cores in CORES:
            self.assertIn('at byte 28: the key "key" of database 0 is there a second time', self.refused(cores))

    def test_what_is_no_such_file(self):
        self.write(b'surely not an RDB file')
        self.assertIn('this is no RDB file', self.refused(1))
        os.remove(self.path)
        os.mkdir(self.path)
        self.assertIn('Cannot load the RDB file', self.refused(1))


if __name__ == '__main__':
    if not os.path.exists(MAKER):
        sys.exit(f'not built: {MAKER}')
    unittest.main(warnings='ignore')
