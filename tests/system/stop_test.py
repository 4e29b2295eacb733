#!/usr/bin/env python3
"""What a stop does with the data: saved before anybody is sent away; a stop that fails or is aborted leaves a server
that goes on, and nothing that was answered is lost."""
import os
import re
import shutil
import signal
import time

import harness
from harness import ServerCase, main
from lib.resp import Closed
from reload_test import Writers

FAILED = b'ERR Errors trying to SHUTDOWN. Check logs.'


class Stop(ServerCase):
    def setUp(self):
        harness.server.stop_process()
        shutil.rmtree(harness.server.dir)
        os.mkdir(harness.server.dir)
        self.start()

    def tearDown(self):
        self.assertIsNone(harness.server.died())

    def start(self, *options):
        harness.server.options = ['save=3600 1000000', *options]
        harness.server.start()
        self.port = harness.server.port

    def log(self):
        with open(harness.server.log, encoding='utf-8') as log:
            return log.read()

    def wait_for(self, line):
        while line not in self.log():
            self.assertIsNone(harness.server.process.poll(), self.log())
            time.sleep(0.005)

    def spoil(self):
        """No snapshot can be written: a directory has its name."""
        os.makedirs(os.path.join(harness.server.dir, 'dump.rdb', 'full'))

    def mend(self):
        shutil.rmtree(os.path.join(harness.server.dir, 'dump.rdb'))

    def end(self):
        self.assertEqual(harness.server.process.wait(), 0)
        harness.server.control.close()

    def info(self, connection, name):
        return re.search(rf'\r\n{name}:(.*?)\r\n', connection.call('INFO').value.decode()).group(1)

    def test_a_save_that_fails_is_an_error_and_no_end(self):
        connection = self.connect()
        connection.call('SET', 'k', 'v')
        self.spoil()
        self.assertEqual(connection.call('SHUTDOWN').value, FAILED)
        self.assertEqual(connection.call('SHUTDOWN', 'SAVE').value, FAILED)
        self.assertEqual(connection.call('GET', 'k').value, b'v')
        connection.call('CONFIG', 'SET', 'stop-writes-on-bgsave-error', 'no')
        self.assertEqual(connection.call('SET', 'k', 'w').value, b'OK')
        self.assertEqual(self.connect().call('PING').value, b'PONG')
        self.assertIn("Error trying to save the DB, can't exit.", self.log())
        self.mend()
        connection.send(b'SHUTDOWN\r\n')
        self.end()
        self.start()
        self.assertEqual(self.connect().call('GET', 'k').value, b'w')

    def test_a_signal_that_cannot_be_followed(self):
        connection = self.connect()
        connection.call('SET', 'k', 'v')
        self.spoil()
        for _ in range(2):
            before = len(self.log())
            harness.server.process.send_signal(signal.SIGTERM)
            while 'Errors trying to shut down the server' not in self.log()[before:]:
                time.sleep(0.01)
            self.assertEqual(connection.call('GET', 'k').value, b'v')
        time.sleep(1.2)
        self.assertEqual(self.log().count("Error trying to save the DB, can't exit."), 2)
        self.mend()
        harness.server.process.send_signal(signal.SIGTERM)
        self.end()
        self.start()
        self.assertEqual(self.connect().call('GET', 'k').value, b'v')

    def test_by_force(self):
        connection = self.connect()
        connection.call('SET', 'k', 'v')
        self.spoil()
        connection.send(b'SHUTDOWN SAVE FORCE\r\n')
        self.end()
        self.assertIn('Error trying to save the DB. Exit anyway.', self.log())
        self.mend()
        self.start()

    def test_the_settings_for_signals(self):
        connection = self.connect()
        connection.call('SET', 'k', 'v')
        connection.call('CONFIG', 'SET', 'shutdown-on-sigterm', 'nosave', 'shutdown-on-sigint', 'save now')
        harness.server.process.send_signal(signal.SIGTERM)
        self.end()
        self.start('shutdown-on-sigint=save')
        connection = self.connect()
        self.assertEqual(connection.call('EXISTS', 'k').value, 0)
        connection.call('CONFIG', 'SET', 'save', '')
        connection.call('SET', 'k', 'v')
        harness.server.process.send_signal(signal.SIGINT)
        self.end()
        self.start()
        self.assertEqual(self.connect().call('EXISTS', 'k').value, 1)

    def test_abort(self):
        connection = self.connect()
        connection.call('DEBUG', 'POPULATE', 1000000, 'key', 100)
        other = self.connect()
        other.send(b'SHUTDOWN SAVE\r\n')
        self.wait_for('Saving the final RDB snapshot')
        self.assertEqual(connection.call('GET', 'key:1').value[:5], b'value')
        reply = connection.call('SHUTDOWN', 'ABORT')
        self.assertEqual(reply.value, b'OK')
        self.assertEqual(other.read().value, FAILED)
        self.assertEqual(connection.call('SET', 'key:1', 'w').value, b'OK')
        self.assertEqual(self.info(connection, 'rdb_last_bgsave_status'), 'ok')
        self.assertNotIn('dump.rdb', os.listdir(harness.server.dir))
        self.assertEqual(connection.call('SHUTDOWN', 'ABORT').value, b'ERR No shutdown in progress.')

    def test_bgsave_cancel(self):
        connection = self.connect()
        error = b'ERR Background saving is currently not in progress or scheduled'
        self.assertEqual(connection.call('BGSAVE', 'CANCEL').value, error)
        connection.call('DEBUG', 'POPULATE', 1000000, 'key', 100)
        self.assertEqual(connection.call('BGSAVE').value, b'Background saving started')
        self.assertEqual(connection.call('BGSAVE', 'cancel').value, b'Background saving cancelled')
        while self.info(connection, 'rdb_bgsave_in_progress') != '0':
            time.sleep(0.005)
        self.assertEqual(self.info(connection, 'rdb_last_bgsave_status'), 'ok')
        self.assertNotIn('dump.rdb', os.listdir(harness.server.dir))
        connection.call('BGREWRITEAOF')
        self.assertEqual(connection.call('BGSAVE', 'SCHEDULE').value, b'Background saving scheduled')
        self.assertEqual(connection.call('BGSAVE', 'CANCEL').value, b'Scheduled background saving cancelled')
        self.assertEqual(connection.call('BGSAVE', 'CANCEL').value, error)

    def test_the_first_rewrite_is_waited_for(self):
        connection = self.connect()
        connection.call('CONFIG', 'SET', 'save', '')
        connection.call('DEBUG', 'POPULATE', 1000000, 'key', 100)
        connection.call('CONFIG', 'SET', 'appendonly', 'yes')
        self.assertEqual(connection.call('SHUTDOWN').value, FAILED)
        self.assertIn("Writing initial AOF, can't exit.", self.log())
        while self.info(connection, 'aof_rewrite_in_progress') != '0':
            time.sleep(0.02)
        connection.send(b'SHUTDOWN\r\n')
        self.end()
        self.start('appendonly=yes')
        self.assertEqual(self.connect().call('DBSIZE').value, 1000000)

    def test_nothing_that_was_answered_is_lost(self):
        for way in ('SHUTDOWN', 'SIGTERM', 'BGSAVE', 'appendonly=yes', 'appendonly=yes'):
            is_aof = way.startswith('append')
            self.setUp()
            if is_aof:
                harness.server.stop_process()
                self.start(way)
            writers = Writers(self.port, 4)
            connection = self.connect()
            time.sleep(0.3)
            if way == 'BGSAVE':
                connection.call('BGSAVE')
            if way == 'SIGTERM':
                harness.server.process.send_signal(signal.SIGTERM)
            else:
                connection.send(b'SHUTDOWN\r\n')
            self.end()
            writers.stop()
            self.assertNotIn('did not end in time', self.log())
            self.start(*([way] if is_aof else []))
            connection = self.connect()
            self.assertEqual(writers.wrong, [])
            for client, (least, most) in enumerate(zip(writers.answered, writers.asked)):
                value = int(connection.call('GET', f'count:{client}').value or 0)
                self.assertTrue(least <= value <= most, (way, client, least, value, most))
                for at in range(50):
                    values = connection.call('MGET', *(f'{letter}:{client}:{at}' for letter in 'abc')).value
                    self.assertEqual(len({value.value for value in values}), 1, (way, client, at, values))

    def test_a_stop_while_it_was_asked_for_twice(self):
        connection = self.connect()
        connection.call('DEBUG', 'POPULATE', 300000, 'key', 100)
        others = [self.connect() for _ in range(4)]
        for other in others:
            other.send(b'SHUTDOWN SAVE\r\n')
        self.end()
        for other in others:
            with self.assertRaises((Closed, OSError)):
                other.read()
        self.start()
        self.assertEqual(self.connect().call('DBSIZE').value, 300000)


if __name__ == '__main__':
    main([int(n) for n in os.environ.get('GYRE_CORES', '1,2,4').split(',')], ['save=3600 1000000'])
