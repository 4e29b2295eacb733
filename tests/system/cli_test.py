#!/usr/bin/env python3
"""redis-cli and redis-benchmark against the server, as an operator uses them."""
import csv
import json
import shutil
import subprocess
import unittest

import harness
from harness import ServerCase, main
from lib.resp import encode

CLI, BENCHMARK = shutil.which('redis-cli'), shutil.which('redis-benchmark')

# The default tests of redis-benchmark and the commands that each needs beside FLUSHALL.
BENCHES = {
    'ping_inline': ['ping'], 'ping_mbulk': ['ping'], 'set': ['set'], 'get': ['get'], 'incr': ['incr'],
    'lpush': ['lpush'], 'rpush': ['rpush'], 'lpop': ['lpush', 'lpop'], 'rpop': ['rpush', 'rpop'],
    'sadd': ['sadd'], 'hset': ['hset'], 'spop': ['sadd', 'spop'], 'zadd': ['zadd'], 'zpopmin': ['zadd', 'zpopmin'],
    'lrange_100': ['lpush', 'lrange'], 'lrange_300': ['lpush', 'lrange'], 'lrange_500': ['lpush', 'lrange'],
    'lrange_600': ['lpush', 'lrange'], 'mset': ['mset'],
}


@unittest.skipIf(CLI is None, 'redis-cli is not installed')
class RedisCli(ServerCase):
    def cli(self, *arguments, stdin='', code=0):
        command = [CLI, '-p', str(self.port), *arguments]
        result = subprocess.run(command, input=stdin.encode(), stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                                timeout=120)
        text = result.stdout.decode()
        self.assertEqual(result.returncode, code, text)
        return text

    def test_commands_and_how_replies_are_shown(self):
        self.assertEqual(self.cli('SET', 'k', 'two words'), 'OK\n')
        self.assertEqual(self.cli('GET', 'k'), 'two words\n')
        self.assertEqual(self.cli('--no-raw', 'GET', 'k'), '"two words"\n')
        self.assertEqual(self.cli('--no-raw', 'GET', 'none'), '(nil)\n')
        self.assertEqual(self.cli('--no-raw', 'INCR', 'n'), '(integer) 1\n')
        self.assertEqual(self.cli('--no-raw', 'MGET', 'k', 'none'), '1) "two words"\n2) (nil)\n')
        self.assertEqual(self.cli('--csv', 'MGET', 'k', 'none'), '"two words",NULL\n')
        self.assertEqual(self.cli('-e', 'INCR', 'k', code=1).strip(),
                         'ERR value is not an integer or out of range')
        self.assertEqual(self.cli('-n', '7', 'DBSIZE'), '0\n')
        self.assertEqual(self.cli('-r', '3', 'INCR', 'n'), '2\n3\n4\n')
        self.assertEqual(self.cli('-x', 'SET', 'k', stdin='from standard input'), 'OK\n')
        self.assertEqual(self.cli('STRLEN', 'k'), '19\n')

    def test_resp3(self):
        self.assertEqual(self.cli('-3', '--no-raw', 'CONFIG', 'GET', 'databases'), '1# "databases" => "16"\n')
        self.assertEqual(self.cli('-3', '--no-raw', 'GET', 'none'), '(nil)\n')
        self.assertEqual(json.loads(self.cli('--json', 'CONFIG', 'GET', 'databases')), {'databases': '16'})

    def test_lines_from_standard_input(self):
        lines = 'SET a 1\nINCR a\nSELECT 3\nSET b "x y"\nGET b\nDBSIZE\nNOSUCH\n'
        self.assertEqual(self.cli(stdin=lines).splitlines()[:6], ['OK', '2', 'OK', 'OK', 'x y', '1'])

    def test_a_password(self):
        self.assertEqual(self.cli('CONFIG', 'SET', 'requirepass', 'secret'), 'OK\n')
        self.addCleanup(lambda: harness.server.control.call('CONFIG', 'SET', 'requirepass', ''))
        self.assertIn('NOAUTH Authentication required.', self.cli('PING'))
        self.assertEqual(self.cli('--no-auth-warning', '-a', 'secret', 'PING'), 'PONG\n')
        self.assertEqual(self.cli('--no-auth-warning', '--user', 'default', '--pass', 'secret', 'PING'), 'PONG\n')
        self.assertIn('AUTH failed', self.cli('--no-auth-warning', '-a', 'wrong', 'PING'))

    def test_scan_finds_every_key(self):
        self.connect().call('MSET', *[part for n in range(1000) for part in (f'key:{n}', 'v')])
        self.assertEqual(sorted(self.cli('--scan').split()), sorted(f'key:{n}' for n in range(1000)))
        self.assertEqual(sorted(self.cli('--scan', '--pattern', 'key:99?').split()),
                         [f'key:99{n}' for n in range(10)])

    def test_bigkeys_samples_the_keyspace(self):
        connection = self.connect()
        connection.call('MSET', *[part for n in range(300) for part in (f'key:{n}', 'v')])
        connection.call('SET', 'giant', 'x' * 5000)
        text = self.cli('--bigkeys')
        self.assertIn('Sampled 301 keys in the keyspace!', text)
        self.assertRegex(text, r'Biggest string found \S*giant\S* has 5000 bytes')

    def test_pipe_loads_many_commands(self):
        stream = b''.join(encode([b'SET', b'key:%d' % n, b'value:%d' % n]) for n in range(20000))
        result = subprocess.run([CLI, '-p', str(self.port), '--pipe'], input=stream, stdout=subprocess.PIPE,
                                stderr=subprocess.STDOUT, timeout=120)
        self.assertEqual(result.returncode, 0, result.stdout)
        self.assertIn(b'errors: 0, replies: 20000', result.stdout)
        self.assertEqual(self.connect().call('DBSIZE').value, 20000)

    def test_pipe_counts_errors(self):
        stream = b'SET k v\r\nINCR k\r\n' + encode([b'GET', b'k']) + b'NOSUCH\r\n'
        result = subprocess.run([CLI, '-p', str(self.port), '--pipe'], input=stream, stdout=subprocess.PIPE,
                                stderr=subprocess.STDOUT, timeout=120)
        self.assertIn(b'errors: 2, replies: 4', result.stdout)

    def test_info(self):
        self.assertRegex(self.cli('INFO', 'server'), r'(?m)^redis_version:\d+\.\d+\.\d+\r?$')
        self.assertIn('db0:keys=', self.cli(stdin='SET a 1\nINFO keyspace\n'))


@unittest.skipIf(BENCHMARK is None, 'redis-benchmark is not installed')
class RedisBenchmark(ServerCase):
    def existing(self):
        connection = self.connect()
        return [name for name, commands in BENCHES.items()
                if all(connection.call('COMMAND', 'INFO', command).value[0].value for command in commands)]

    def bench(self, *arguments):
        """The tests that reported a rate, in the order run."""
        command = [BENCHMARK, '-p', str(self.port), '--csv', *arguments]
        result = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, timeout=300)
        self.assertEqual(result.returncode, 0, result.stdout + result.stderr)
        self.assertNotIn('ERR', result.stdout + result.stderr)
        rows = list(csv.DictReader(result.stdout.splitlines()))
        for row in rows:
            self.assertGreater(float(row['rps']), 0, row)
        return [row['test'] for row in rows]

    def test_default_tests(self):
        existing = self.existing()
        self.assertLessEqual({'ping_inline', 'ping_mbulk', 'set', 'get', 'incr', 'mset'}, set(existing))
        ran = self.bench('-t', ','.join(existing), '-n', '3000', '-c', '50')
        self.assertGreaterEqual(len(ran), len(existing))

    def test_pipelines_of_random_keys(self):
        ran = self.bench('-t', 'set,get,incr,mset', '-n', '20000', '-P', '16', '-r', '1000')
        self.assertEqual(len(ran), 4)
        self.assertGreater(self.connect().call('DBSIZE').value, 1000)

    def test_big_values_and_threads(self):
        self.assertEqual(len(self.bench('-t', 'set,get', '-n', '2000', '-d', '65536', '-c', '20')), 2)
        self.assertEqual(len(self.bench('-t', 'set,get', '-n', '5000', '--threads', '2', '-r', '1000')), 2)

    def test_resp3_and_own_commands(self):
        self.assertEqual(len(self.bench('-n', '2000', '-3', 'GET', 'key:__rand_int__')), 1)
        self.assertEqual(len(self.bench('-n', '2000', '-r', '100', 'SET', 'key:__rand_int__', 'v', 'EX', '100')), 1)
        self.assertEqual(len(self.bench('-n', '2000', '-k', '0', '-t', 'get')), 1)

    def test_many_connections(self):
        self.assertEqual(len(self.bench('-t', 'set,get', '-n', '5000', '-c', '500')), 2)


if __name__ == '__main__':
    main()
