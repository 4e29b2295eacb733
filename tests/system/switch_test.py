#!/usr/bin/env python3
"""CONFIG SET appendonly while clients write, and the process killed: what the files owe at that moment is there."""
import os
import random
import re
import shutil
import signal
import sys
import time

import harness
from harness import ServerCase, main
from lib.resp import Connection
from reload_test import Writers

ROUNDS = int(os.environ.get('GYRE_ROUNDS', '6'))


def info(connection, name):
    return re.search(rf'\r\n{name}:(.*?)\r\n', connection.call('INFO', 'persistence').value.decode()).group(1)


class Switch(ServerCase):
    def setUp(self):
        # Nothing may be left of the test before.
        harness.server.stop_process()
        shutil.rmtree(harness.server.dir)
        os.mkdir(harness.server.dir)
        self.start([])

    def start(self, options):
        usual = [option for option in harness.server.options if not option.startswith('appendonly=')]
        harness.server.options = usual + options
        harness.server.start()
        self.port = harness.server.port

    def kill(self, options=('appendonly=yes',)):
        harness.server.process.send_signal(signal.SIGKILL)
        harness.server.process.wait()
        harness.server.control.close()
        self.start(list(options))
        return self.connect()

    def turn(self, connection, on):
        self.assertEqual(connection.call('CONFIG', 'SET', 'appendonly', 'yes' if on else 'no').value, b'OK')
        self.assertEqual(info(connection, 'aof_enabled'), '1' if on else '0')

    def has_base(self, connection):
        text = connection.call('INFO', 'persistence').value.decode()
        return 'aof_rewrite_in_progress:0\r\naof_rewrite_scheduled:0\r\n' in text

    def wait_for_base(self, connection):
        while not self.has_base(connection):
            time.sleep(0.005)
        self.assertEqual(info(connection, 'aof_last_bgrewrite_status'), 'ok')

    def fill(self, connection, count):
        for at in range(count):
            connection.call('RPUSH', f'list:{at % 50}', at)

    def digest(self, connection):
        return connection.call('DEBUG', 'DIGEST').value

    def test_on_writes_what_is_there_and_what_comes(self):
        connection = self.connect()
        self.fill(connection, 500)
        self.turn(connection, True)
        self.fill(connection, 500)
        self.wait_for_base(connection)
        self.fill(connection, 500)
        digest = self.digest(connection)
        connection = self.kill()
        self.assertEqual(self.digest(connection), digest)

    def test_off_leaves_what_was_written(self):
        connection = self.connect()
        self.turn(connection, True)
        self.wait_for_base(connection)
        self.fill(connection, 500)
        digest = self.digest(connection)
        self.turn(connection, False)
        self.fill(connection, 500)
        connection = self.kill()
        self.assertEqual(self.digest(connection), digest)

    def test_on_again_writes_all_anew(self):
        connection = self.connect()
        for _ in range(5):
            self.turn(connection, True)
            self.wait_for_base(connection)
            self.fill(connection, 50)
            self.turn(connection, False)
            self.fill(connection, 50)
        connection.call('FLUSHALL')
        self.fill(connection, 70)
        self.turn(connection, True)
        self.wait_for_base(connection)
        self.fill(connection, 50)
        digest = self.digest(connection)
        files = os.listdir(os.path.join(harness.server.dir, 'appendonlydir'))
        self.assertEqual(len(files), 2 + harness.server.cores, files)
        connection = self.kill()
        self.assertEqual(self.digest(connection), digest)

    def test_off_without_a_base_leaves_what_was_there(self):
        connection = self.connect()
        self.turn(connection, True)
        self.wait_for_base(connection)
        self.fill(connection, 100)
        digest = self.digest(connection)
        self.turn(connection, False)
        connection.call('DEBUG', 'POPULATE', 200000)
        before = sorted(os.listdir(os.path.join(harness.server.dir, 'appendonlydir')))
        for _ in range(20):
            self.turn(connection, True)
            self.turn(connection, False)
        after = sorted(os.listdir(os.path.join(harness.server.dir, 'appendonlydir')))
        connection = self.kill()
        self.assertIn(connection.call('DBSIZE').value, (50, 200050))
        if connection.call('DBSIZE').value == 50:
            self.assertEqual(before, after)
            self.assertEqual(self.digest(connection), digest)

    def test_killed_in_the_first_rewrite_it_starts(self):
        for _ in range(3):
            connection = self.connect()
            connection.call('DEBUG', 'POPULATE', 100000)
            self.turn(connection, True)
            connection = self.kill()
            self.assertIn(connection.call('DBSIZE').value, (0, 100000))
            self.setUp()

    def test_in_a_transaction(self):
        connection = self.connect()
        for command in (['MULTI'], ['SET', 'before', 1], ['CONFIG', 'SET', 'appendonly', 'yes'], ['SET', 'behind', 1]):
            connection.call(*command)
        self.assertEqual([reply.value for reply in connection.call('EXEC').value], [b'OK'] * 3)
        while info(connection, 'aof_enabled') != '1':
            time.sleep(0.005)
        self.wait_for_base(connection)
        connection.call('SET', 'later', 1)
        self.assertEqual(self.kill().call('EXISTS', 'before', 'behind', 'later').value, 3)

    def test_a_directory_that_cannot_be_is_an_error(self):
        with open(os.path.join(harness.server.dir, 'appendonlydir'), 'w', encoding='utf-8'):
            pass
        try:
            connection = self.connect()
            reply = connection.call('CONFIG', 'SET', 'appendonly', 'yes')
            self.assertEqual(reply.value.decode(), "ERR CONFIG SET failed (possibly related to argument 'appendonly')"
                             ' - Unable to turn on AOF. Check server logs.')
            self.assertEqual(connection.call('CONFIG', 'GET', 'appendonly').value[1].value, b'no')
            self.assertEqual(info(connection, 'aof_enabled'), '0')
        finally:
            os.unlink(os.path.join(harness.server.dir, 'appendonlydir'))

    def test_a_snapshot_that_was_taken_over_gets_a_base(self):
        connection = self.connect()
        self.fill(connection, 100)
        digest = self.digest(connection)
        self.assertEqual(connection.call('SAVE').value, b'OK')
        connection = self.kill()
        files = os.path.join(harness.server.dir, 'appendonlydir')
        while not [name for name in os.listdir(files) if name.endswith('.base.rdb')] or 'dump.rdb' in os.listdir(files):
            time.sleep(0.02)
        self.wait_for_base(connection)
        self.assertEqual(self.digest(self.kill()), digest)

    def play(self, chance, policy):
        """Turns it on and off at random moments, then kills; how many INCRs of each client the files owe."""
        connection = self.connect()
        connection.call('CONFIG', 'SET', 'appendfsync', policy)
        connection.call('DEBUG', 'POPULATE', chance.choice((0, 1000, 50000)))
        writers = Writers(self.port)
        owed, is_on = [0] * len(writers.answered), False
        for _ in range(chance.randrange(1, 9)):
            answered = list(writers.answered)
            was_on, is_whole = is_on, is_on and self.has_base(connection)
            is_on = not is_on
            self.turn(connection, is_on)
            if was_on and is_whole:
                owed = answered
            if is_on and chance.random() < 0.5:
                self.wait_for_base(connection)
            time.sleep(chance.random() * 0.02)
            if chance.random() < 0.3:
                connection.call(chance.choice(('BGSAVE', 'BGREWRITEAOF')))
        is_whole = is_on and self.has_base(connection)
        answered = list(writers.answered)
        connection = self.kill()
        writers.stop()
        return connection, writers, answered if is_whole else owed

    def test_nothing_that_is_owed_is_lost(self):
        for number in range(ROUNDS):
            chance = random.Random(f'switch {number}')
            policy = chance.choice(('always', 'everysec', 'no'))
            connection, writers, owed = self.play(chance, policy)
            self.assertEqual(writers.wrong, [])
            for client, (least, most) in enumerate(zip(owed, writers.asked)):
                value = int(connection.call('GET', f'count:{client}').value or 0)
                self.assertTrue(least <= value <= most, (number, client, least, value, most))
                for at in range(50):
                    values = connection.call('MGET', *(f'{letter}:{client}:{at}' for letter in 'abc')).value
                    self.assertEqual(len({value.value for value in values}), 1, (number, client, at, values))
            self.setUp()


if __name__ == '__main__':
    main([int(n) for n in os.environ.get('GYRE_CORES', '1,2,4').split(',')], ['save=', *sys.argv[1:]])
