#!/usr/bin/env python3
"""recovery = "salvage": of damaged files all that is whole is loaded, what is lost is told, new files are written."""
import os
import re
import shutil
import signal
import sys
import time
import unittest

from harness import GYRE, Server
from lib.resp import encode
from torn_test import TAGS, batches, change

CORES = 3
AOF = ['appendonly=yes', 'appendfsync=no', 'save=', 'recovery=salvage']
RDB = ['save=', 'recovery=salvage']


def flip(at):
    def edit(data):
        data[at] ^= 1
    return edit


def files_below(path):
    found = {}
    for folder, _, names in os.walk(path):
        for name in names:
            with open(os.path.join(folder, name), 'rb') as file:
                found[os.path.relpath(os.path.join(folder, name), path)] = file.read()
    return found


class Salvage(unittest.TestCase):
    def make(self, options):
        self.server = Server(GYRE, CORES, options)
        self.addCleanup(self.server.stop)
        self.call = lambda *argv: self.server.control.call(*argv)
        return self.server

    def stop(self, end=signal.SIGKILL):
        self.server.control.close()
        self.server.process.send_signal(end)
        self.server.process.wait()

    def path(self, *names):
        return os.path.join(self.server.dir, *names)

    def file_of(self, core):
        """The youngest incremental file of a core."""
        with open(self.path('appendonlydir', 'appendonly.aof.manifest'), encoding='ascii') as manifest:
            names = [line.split()[1] for line in manifest if f' core {core} ' in line]
        return self.path('appendonlydir', names[-1])

    def aside(self):
        names = [name for name in os.listdir(self.server.dir) if '.damaged-' in name]
        self.assertEqual(len(names), 1, names)
        return self.path(names[0])

    def start(self):
        """What the server logs until new files are written."""
        begin = os.path.getsize(self.server.log)
        self.server.start()
        while True:
            self.assertIsNone(self.server.process.poll())
            with open(self.server.log, encoding='utf-8', errors='replace') as log:
                log.seek(begin)
                text = log.read()
            if 'has been written anew' in text:
                return text
            time.sleep(0.01)

    def check_next_start(self):
        """Without salvage, as the files are whole again; and the same data."""
        digest = self.call('DEBUG', 'DIGEST').value
        self.stop()
        self.server.options = [option for option in self.server.options if option != 'recovery=salvage']
        self.server.start()
        self.assertEqual(self.call('DEBUG', 'DIGEST').value, digest)

    def check_aside(self, spoilt, prefix=''):
        """What was damaged is kept as it was."""
        kept = files_below(self.aside())
        for name, data in spoilt.items():
            self.assertEqual(kept[name], data, name)
        self.assertEqual(len(kept), len(spoilt))

    def test_a_batch_in_the_middle(self):
        self.make(AOF)
        for number in range(200):
            self.server.control.send(b''.join(encode([b'SET', b'%s:%d' % (tag.encode(), number), b'x' * number])
                                              for tag in TAGS))
            for _ in TAGS:
                self.server.control.read()
        self.stop()
        path = self.file_of(1)
        all_batches = batches(path)
        begin, size, _ = all_batches[100]
        lost_keys = bytes(open(path, 'rb').read()[begin:begin + size]).count(b'SET\r\n')
        change(path, flip(begin + size // 2))
        spoilt = files_below(self.path('appendonlydir'))
        text = self.start()
        self.assertRegex(text, rf'Lost of \S*{re.escape(os.path.basename(path))} at byte {begin}, of core 1: {size} '
                               r'bytes with the batches 101 to 101: ')
        self.assertRegex(text, rf'Salvage: 1 stretches of 1 files are lost: {size} bytes, with 1 batches')
        self.assertEqual(self.call('DBSIZE').value, 600 - lost_keys)
        self.assertEqual(self.call('EXISTS', *[f'{tag}:{number}' for tag in (TAGS[0], TAGS[2])
                                               for number in range(200)]).value, 400)
        self.check_aside(spoilt)
        self.call('SET', 'after', '1')
        self.check_next_start()
        self.assertEqual(self.call('GET', 'after').value, b'1')

    def test_other_databases_and_commands_that_rest_on_what_is_lost(self):
        self.make(AOF)
        tag = TAGS[1]
        self.call('SELECT', '5')
        self.call('RPUSH', 'list' + tag, 'a')
        self.call('SET', 'a' + tag, '1')
        self.call('LSET', 'list' + tag, '0', 'b')
        self.call('SET', 'b' + tag, '2')
        self.call('SELECT', '0')
        self.call('SET', 'c' + tag, '3')
        self.stop()
        path = self.file_of(1)
        with open(path, 'rb') as file:
            data = file.read()
        begin = next(begin for begin, size, _ in batches(path) if b'RPUSH' in data[begin:begin + size])
        change(path, flip(begin + 5))
        text = self.start()
        self.assertIn('and 1 commands failed without what is lost', text)
        self.call('SELECT', '5')
        self.assertEqual(sorted(item.value for item in self.call('KEYS', '*').value),
                         sorted([b'a' + tag.encode(), b'b' + tag.encode()]))
        self.call('SELECT', '0')
        self.assertEqual(self.call('GET', 'c' + tag).value, b'3')
        self.check_next_start()

    def test_a_group_of_which_a_part_is_lost(self):
        self.make(AOF)
        zero, one, two = TAGS
        self.call('MSET', 'x' + one, 'old', 'x' + two, 'old')
        self.call('MSET', 'x' + one, 'half', 'x' + two, 'half', 'y' + zero, 'half')
        self.call('SET', 'x' + one, 'later')
        self.call('SET', 'z' + two, 'later')
        self.stop()
        path = self.file_of(2)
        begin = [begin for begin, _, group in batches(path) if group != 0][-1]
        change(path, flip(begin + 10))
        text = self.start()
        self.assertIn('2 commands of 1 transactions were dropped', text)
        expected = {'x' + one: b'later', 'x' + two: b'old', 'y' + zero: None, 'z' + two: b'later'}
        self.assertEqual({key: self.call('GET', key).value for key in expected}, expected)
        self.check_next_start()

    def test_swapped_repeated_and_missing_batches(self):
        for kind in ('swapped', 'twice', 'missing'):
            with self.subTest(kind):
                self.make(AOF)
                for number in range(20):
                    self.call('RPUSH', 'list' + TAGS[0], str(number))
                self.stop()
                path = self.file_of(0)
                (a, a_size, _), (b, b_size, _) = batches(path)[5:7]

                def edit(data):
                    first, second = data[a:a + a_size], data[b:b + b_size]
                    middle = {'swapped': second + first, 'missing': second, 'twice': first + first + second}[kind]
                    return data[:a] + middle + data[b + b_size:]
                change(path, edit)
                text = self.start()
                items = [int(item.value) for item in self.call('LRANGE', 'list' + TAGS[0], '0', '-1').value]
                # The batch of the run's begin is the first: the sixth is that of the fifth command.
                expected = {'twice': list(range(20)), 'missing': [n for n in range(20) if n != 4],
                            'swapped': [n for n in range(20) if n != 4]}[kind]
                self.assertEqual(items, expected, text)
                self.check_next_start()

    def test_a_file_that_is_gone(self):
        self.make(AOF)
        self.call('MSET', *[part for n in range(300) for part in (f'key:{n}', 'v')])
        for number in range(300):
            self.call('SET', f'one:{number}', 'v')
        self.stop()
        os.remove(self.file_of(2))
        text = self.start()
        self.assertRegex(text, r'Lost of \S+ at byte 0, of core 2:.* cannot be opened: No such file or directory')
        self.assertGreater(self.call('DBSIZE').value, 100)
        self.assertLess(self.call('DBSIZE').value, 300)
        self.check_next_start()

    def fill_many(self):
        for begin in range(0, 30000, 1000):
            self.call('MSET', *[part for n in range(begin, begin + 1000) for part in (f'key:{n}', f'{n}' * 40)])

    def spoil_base(self, path):
        change(path, flip(os.path.getsize(path) // 2))

    def check_base(self, text, path):
        found = re.search(rf'Lost of {re.escape(path)} at byte \d+, of core \d: (\d+) bytes with (\d+) keys: '
                          r'the checksum is wrong', text)
        self.assertTrue(found, text)
        self.assertEqual(self.call('DBSIZE').value, 30000 - int(found[2]))
        self.assertGreater(int(found[2]), 100)
        self.assertGreater(self.call('DBSIZE').value, 10000)
        keys = [item.value for item in self.call('KEYS', '*').value]
        for key in keys[::97]:
            self.assertEqual(self.call('GET', key).value, key[4:] * 40)

    def test_a_chunk_of_the_base(self):
        self.make(AOF)
        self.fill_many()
        self.call('BGREWRITEAOF')
        while b'aof_rewrite_in_progress:1' in bytes(self.call('INFO', 'persistence').value):
            time.sleep(0.01)
        self.stop()
        path = self.path('appendonlydir', 'appendonly.aof.1.base.rdb')
        self.spoil_base(path)
        spoilt = files_below(self.path('appendonlydir'))
        text = self.start()
        self.check_base(text, path)
        self.check_aside(spoilt)
        self.check_next_start()

    def test_a_chunk_of_the_snapshot(self):
        for end in ('chunk', 'index', 'header', 'cut'):
            with self.subTest(end):
                self.make(RDB)
                self.fill_many()
                self.call('SAVE')
                self.stop()
                path = self.path('dump.rdb')
                size = os.path.getsize(path)
                change(path, {'chunk': flip(size // 2), 'index': flip(size - 60), 'header': flip(3),
                              'cut': lambda data: data[:size * 2 // 3]}[end])
                with open(path, 'rb') as file:
                    spoilt = file.read()
                text = self.start()
                if end == 'chunk':
                    self.check_base(text, path)
                elif end == 'cut':
                    self.assertRegex(text, rf'Lost of {re.escape(path)} at byte \d+: \d+ bytes: ')
                    self.assertGreater(self.call('DBSIZE').value, 10000)
                else:
                    self.assertEqual(self.call('DBSIZE').value, 30000)
                with open(self.aside(), 'rb') as file:
                    self.assertEqual(file.read(), spoilt)
                self.check_next_start()

    def test_commands_of_others(self):
        self.make(AOF)
        self.stop()
        shutil.rmtree(self.path('appendonlydir'))
        commands = [encode([b'SET', b'key:%d' % n, b'v']) for n in range(100)]
        with open(self.path('appendonly.aof'), 'wb') as file:
            file.write(b''.join(commands[:50]) + b'*rubbish\r\n' + b''.join(commands[50:]))
        text = self.start()
        self.assertRegex(text, r'Lost of \S*appendonly.aof at byte \d+: \d+ bytes: not a command')
        self.assertEqual(self.call('DBSIZE').value, 50)
        self.assertTrue(self.aside().startswith(self.path('appendonly.aof.damaged-')))
        self.check_next_start()

    def test_default_refuses_and_names_the_setting(self):
        self.make(AOF[:-1])
        for number in range(20):
            self.call('SET', f'{TAGS[1]}:{number}', 'v')
        self.stop()
        path = self.file_of(1)
        begin, _, _ = batches(path)[5]
        change(path, flip(begin + 5))
        with self.assertRaises(SystemExit):
            self.server.start()
        with open(self.server.log, encoding='utf-8') as log:
            self.assertRegex(log.read(), rf'{os.path.basename(path)} at byte {begin}, of core 1: .* in batch 6, '
                                         'and good ones follow; see recovery')
        self.assertEqual([name for name in os.listdir(self.server.dir) if '.damaged-' in name], [])


if __name__ == '__main__':
    outcome = unittest.main(exit=False, warnings='ignore').result
    bad = len(outcome.failures) + len(outcome.errors)
    print(f'{outcome.testsRun - bad} passed, {bad} failed')
    sys.exit(1 if bad else 0)
