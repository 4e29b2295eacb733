#!/usr/bin/env python3
"""gyre-check on append-only files: what it says of whole, torn and damaged ones, and what it repairs."""
import os
import re
import shutil
import signal
import subprocess
import sys
import time
import unittest

from harness import GYRE, REDIS, ROOT, Server
from lib.resp import encode
from torn_test import TAGS, batches, change

CHECK = os.environ.get('GYRE_CHECK', os.path.join(ROOT, 'build', 'release', 'gyre-check'))
PEER = shutil.which('redis-server')
CORES = 3


def check(*arguments, answer=''):
    result = subprocess.run([CHECK, *arguments], input=answer, capture_output=True, text=True)
    return result.returncode, result.stdout + result.stderr


class AofFiles(unittest.TestCase):
    def make(self, options=(), binary=None):
        command, cores = (binary + REDIS, 1) if binary else (GYRE, CORES)
        self.server = Server(command, cores, ['appendonly=yes', *options])
        self.addCleanup(self.server.stop)
        self.call = lambda *argv: self.server.control.call(*argv)
        self.directory = os.path.join(self.server.dir, 'appendonlydir')

    def stop(self):
        self.server.control.close()
        self.server.process.send_signal(signal.SIGKILL)
        self.server.process.wait()

    def fill(self, count=50):
        for number in range(count):
            self.server.control.send(b''.join(encode([b'RPUSH', b'list' + tag.encode(), b'%d' % number])
                                              for tag in TAGS))
            for _ in TAGS:
                self.server.control.read()

    def file_of(self, core):
        return os.path.join(self.directory, f'appendonly.aof.{core + 1}.incr.aof')

    def rewrite(self):
        self.call('BGREWRITEAOF')
        while b'aof_rewrite_in_progress:1' in bytes(self.call('INFO', 'persistence').value):
            time.sleep(0.01)

    def test_whole_files(self):
        self.make()
        self.fill()
        self.rewrite()
        self.fill()
        self.stop()
        code, text = check(self.directory)
        self.assertEqual(code, 0, text)
        manifest = os.path.join(self.directory, 'appendonly.aof.manifest')
        self.assertIn(f'{manifest}: 1 base, 3 incremental files\n', text)
        self.assertEqual(len(re.findall(r'(?m)^\S+\.incr\.aof: in order$', text)), 3)
        self.assertRegex(text, r'(?m)^\S+\.base\.rdb: in order$')
        self.assertRegex(text, r'(?m)bytes of commands of core 2, \d+ batches$')
        self.assertEqual(check(manifest)[0], 0)
        for name in os.listdir(self.directory):
            if not name.endswith('.manifest'):
                code, text = check(os.path.join(self.directory, name))
                self.assertEqual(code, 0, text)

    def test_damage_in_the_middle_is_named_and_not_cut(self):
        self.make()
        self.fill()
        self.stop()
        path = self.file_of(1)
        begin, size, _ = batches(path)[20]

        def flip(data):
            data[begin + 30] ^= 4
        change(path, flip)
        with open(path, 'rb') as file:
            spoilt = file.read()
        for options in ([], ['--fix', '--yes']):
            code, text = check(*options, self.directory)
            self.assertEqual(code, 1, text)
            self.assertIn(f'damaged: {path} at byte {begin}, of core 1: {size} bytes with the batches 21 to 21: ', text)
            with open(path, 'rb') as file:
                self.assertEqual(file.read(), spoilt)
        self.assertEqual(check(path)[0], 1)

    def test_a_torn_end_is_cut_off_if_wanted(self):
        for tail in (b'\0' * 3000, b'*3\r\n$3\r\nSE', b'rubbish\r\n'):
            with self.subTest(tail):
                self.make()
                self.fill()
                self.stop()
                path = self.file_of(2)
                size = os.path.getsize(path)
                change(path, lambda data: data + tail)
                code, text = check(self.directory)
                self.assertEqual(code, 1, text)
                self.assertIn(f'{path}: not whole from byte {size} on, {len(tail)} bytes: ', text)
                code, text = check('--fix', self.directory, answer='n\n')
                self.assertEqual((code, os.path.getsize(path)), (1, size + len(tail)), text)
                code, text = check('--fix', self.directory, answer='y\n')
                self.assertEqual((code, os.path.getsize(path)), (0, size), text)
                self.assertEqual(check(self.directory)[0], 0)

    def test_a_transaction_that_is_not_whole(self):
        self.make()
        self.call('MSET', *[part for tag in TAGS for part in ('a' + tag, 'v')])
        self.stop()
        path = self.file_of(2)
        begin = [begin for begin, _, group in batches(path) if group != 0][-1]
        change(path, lambda data: data[:begin])
        code, text = check(self.directory)
        self.assertEqual(code, 0, text)
        self.assertRegex(text, r'(?m)^transaction \d+: not all of its parts are there; a start drops it$')

    def test_manifests(self):
        self.make()
        self.stop()
        manifest = os.path.join(self.directory, 'appendonly.aof.manifest')
        with open(os.path.join(self.directory, 'appendonly.aof.9.incr.aof'), 'wb'):
            pass
        self.assertIn('appendonly.aof.9.incr.aof: the manifest does not name it', check(self.directory)[1])

        with open(manifest, 'rb') as file:
            digit = file.read().index(b'core 1') + 5

        def flip(data):
            data[digit] ^= 2
        change(manifest, flip)
        code, text = check(self.directory)
        self.assertEqual(code, 1, text)
        self.assertIn('damaged: the checksum at its end is missing or wrong', text)
        with self.assertRaises(SystemExit):
            self.server.start()
        change(manifest, flip)
        os.remove(self.file_of(0))
        code, text = check(self.directory)
        self.assertEqual(code, 1, text)
        self.assertIn(f'{self.file_of(0)}: damaged: it cannot be opened: No such file', text)
        os.remove(manifest)
        self.assertEqual(check(self.directory)[0], 2)

    def seconds(self):
        """Writes one number a second, three of them; the times at which they were written."""
        times = []
        for number in range(3):
            times.append(int(self.call('TIME').value[0].value))
            for tag in TAGS:
                self.call('SET', 'at' + tag, str(number))
            while int(self.call('TIME').value[0].value) <= times[-1] + 1:
                time.sleep(0.01)
        return times

    def check_return(self, times):
        code, text = check('--truncate-to-timestamp', str(times[1]), self.directory, answer='n\n')
        self.assertEqual(code, 1, text)
        code, text = check('--truncate-to-timestamp', str(times[1]), '--yes', self.directory)
        self.assertEqual(code, 0, text)
        self.server.start()
        self.assertEqual([self.call('GET', 'at' + tag).value for tag in TAGS], [b'1'] * 3)

    def test_back_to_a_moment(self):
        self.make(['aof-timestamp-enabled=yes'])
        times = self.seconds()
        self.call('FLUSHALL')
        self.stop()
        self.assertRegex(check(self.directory)[1], rf'(?m)^  times +{times[0]} to \d+$')
        self.check_return(times)

    def test_nothing_is_cut_of_a_base_that_is_later(self):
        self.make(['aof-timestamp-enabled=yes'])
        times = self.seconds()
        self.rewrite()
        self.call('SET', 'x', 'y')
        self.stop()
        code, text = check('--truncate-to-timestamp', str(times[1]), '--yes', self.directory)
        self.assertEqual(code, 1, text)
        self.assertIn('all of it is later', text)
        self.server.start()
        self.assertEqual(self.call('GET', 'x').value, b'y')

    def test_times_can_be_switched_on(self):
        self.make()
        self.call('SET', 'a', '1')
        self.call('CONFIG', 'SET', 'aof-timestamp-enabled', 'yes')
        self.call('SET', 'b', '1')
        self.call('CONFIG', 'SET', 'aof-timestamp-enabled', 'no')
        self.call('SET', 'c', '1')
        self.stop()
        data = b''
        for core in range(CORES):
            with open(self.file_of(core), 'rb') as file:
                data += file.read()
        self.assertEqual(data.count(b'#TS:'), 1)
        self.assertEqual(check(self.directory)[0], 0)

    @unittest.skipUnless(PEER, 'no redis-server is installed')
    def test_files_of_redis(self):
        self.make(['aof-timestamp-enabled=yes'], binary=PEER)
        times = self.seconds()
        self.call('MULTI')
        self.call('SET', 'm', '1')
        self.call('EXEC')
        self.stop()
        code, text = check(self.directory)
        self.assertEqual(code, 0, text)
        self.assertRegex(text, rf'(?m)^  times +{times[0]} to \d+$')
        path = os.path.join(self.directory, 'appendonly.aof.1.incr.aof')
        change(path, lambda data: data[:-3])
        self.assertIn('the midst of a command or a transaction', check(self.directory)[1])
        self.assertEqual(check('--fix', '--yes', self.directory)[0], 0)
        self.check_return(times)
        self.stop()
        middle = os.path.getsize(path) // 2
        change(path, lambda data: data[:middle] + b'rubbish' + data[middle:])
        code, text = check('--fix', '--yes', path)
        self.assertEqual(code, 1, text)
        self.assertRegex(text, rf'damaged: {path} at byte \d+: \d+ bytes: not a command')

    @unittest.skipUnless(PEER, 'no redis-server is installed')
    def test_redis_reads_what_has_times_and_a_manifest_with_a_checksum(self):
        self.make(['aof-timestamp-enabled=yes'])
        self.fill()
        self.rewrite()
        self.fill()
        expected = self.call('DEBUG', 'DIGEST').value
        self.stop()
        gyre = self.server.dir
        self.make(binary=PEER)
        self.stop()
        shutil.rmtree(self.directory)
        shutil.copytree(os.path.join(gyre, 'appendonlydir'), self.directory)
        self.server.start()
        self.assertEqual(self.call('DEBUG', 'DIGEST').value, expected)


if __name__ == '__main__':
    outcome = unittest.main(exit=False, warnings='ignore').result
    bad = len(outcome.failures) + len(outcome.errors)
    print(f'{outcome.testsRun - bad} passed, {bad} failed')
    sys.exit(1 if bad else 0)
