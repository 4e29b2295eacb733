#!/usr/bin/env python3
"""Snapshots and rewrites while clients write: what the files hold is what all cores had at one moment."""
import os
import re
import shutil
import signal
import threading
import time

import harness
from harness import GYRE, ServerCase, main
from lib.resp import Connection
from lib.server import Server

KEYS = 200


class Writers:
    """Clients that keep the keys a, b, c of each number equal, by MSET over whatever cores own them."""

    def __init__(self, port, count=3):
        self.stopping = False
        self.threads = [threading.Thread(target=self.write, args=(port, number)) for number in range(count)]
        for thread in self.threads:
            thread.start()

    def write(self, port, number):
        connection = Connection(port, timeout=60)
        at = 0
        while not self.stopping:
            at += 1
            name = f'{number}:{at % KEYS}'
            connection.call('MSET', f'a:{name}', at, f'b:{name}', at, f'c:{name}', at)
            connection.call('RPUSH', f'l:{number}:{at % 10}', at)
            connection.call('HSET', f'h:{number}', f'f{at % 1000}', at)
            if at % 7 == 0:
                connection.call('DEL', f'h:{number}')
            if at % 5 == 0:
                connection.call('EXPIRE', f'a:{name}', 100000)
        connection.close()

    def stop(self):
        self.stopping = True
        for thread in self.threads:
            thread.join()


def info(connection, name):
    return re.search(rf'\r\n{name}:(.*?)\r\n', connection.call('INFO', 'persistence').value.decode()).group(1)


def wait_for(connection, name, value):
    while info(connection, name) != value:
        time.sleep(0.01)


class Snapshots(ServerCase):
    def digest(self, connection):
        return connection.call('DEBUG', 'DIGEST').value

    def check_cut(self, connection):
        """Equal triples, and lists without holes."""
        for number in range(3):
            for key in range(KEYS):
                values = connection.call('MGET', *(f'{letter}:{number}:{key}' for letter in 'abc')).value
                self.assertEqual(len({value.value for value in values}), 1, (number, key, values))
            for key in range(10):
                numbers = [int(item.value) for item in connection.call('LRANGE', f'l:{number}:{key}', 0, -1).value]
                for before, at in zip([key - 10 if key else 0, *numbers], numbers):
                    # Writers of a later round begin anew.
                    self.assertIn(at, (before + 10, key or 10), numbers)

    def started_from(self, files, options):
        """A server that begins with copies of files."""
        other = Server.__new__(Server)
        other.template, other.cores, other.options = GYRE, harness.server.cores, options
        other.process = other.control = None
        other.dir = os.path.join(harness.server.dir, 'copy')
        other.log = os.path.join(harness.server.dir, 'copy.log')
        shutil.rmtree(other.dir, ignore_errors=True)
        os.makedirs(other.dir)
        for name in files:
            source = os.path.join(harness.server.dir, name)
            target = os.path.join(other.dir, name)
            shutil.copytree(source, target) if os.path.isdir(source) else shutil.copy(source, target)
        other.start()
        self.addCleanup(other.stop_process)
        return other

    def test_a_snapshot_is_one_moment_of_all_cores(self):
        connection = self.connect()
        connection.call('DEBUG', 'POPULATE', 50000, 'fill', 64)
        writers = Writers(self.port)
        try:
            for _ in range(3):
                time.sleep(0.2)
                self.assertEqual(connection.call('BGSAVE').value, b'Background saving started')
                wait_for(connection, 'rdb_bgsave_in_progress', '0')
                self.assertEqual(info(connection, 'rdb_last_bgsave_status'), 'ok')
                self.check_cut(self.started_from(['dump.rdb'], ["save="]).control)
        finally:
            writers.stop()

    def test_what_is_saved_is_loaded(self):
        connection = self.connect()
        connection.call('DEBUG', 'POPULATE', 1000, 'fill', 64)
        for at in range(3000):
            connection.call('ZADD', 'z', at, f'm{at}')
            connection.call('XADD', 's', f'{at + 1}-1', 'f', at)
        self.assertEqual(connection.call('SAVE').value, b'OK')
        self.assertEqual(info(connection, 'rdb_changes_since_last_save'), '0')
        other = self.started_from(['dump.rdb'], ["save="])
        self.assertEqual(self.digest(other.control), self.digest(connection))

    def test_a_flush_does_not_stop_a_snapshot(self):
        connection = self.connect()
        connection.call('DEBUG', 'POPULATE', 100000, 'fill', 64)
        connection.call('BGSAVE')
        connection.call('FLUSHALL')
        connection.call('SET', 'k', 'v')
        wait_for(connection, 'rdb_bgsave_in_progress', '0')
        self.assertEqual(info(connection, 'rdb_last_bgsave_status'), 'ok')

    def test_a_failed_snapshot_stops_writes(self):
        connection = self.connect()
        connection.call('CONFIG', 'SET', 'save', '3600 1')
        place = os.path.join(harness.server.dir, 'dump.rdb')
        if os.path.exists(place):
            os.remove(place)
        os.makedirs(os.path.join(place, 'full'))
        try:
            self.assertEqual(connection.call('SAVE').kind, '-')
            self.assertEqual(info(connection, 'rdb_last_bgsave_status'), 'err')
            self.assertTrue(connection.call('SET', 'k', 'v').value.startswith(b'MISCONF'))
            self.assertEqual(connection.call('GET', 'k').kind, '$nil')
        finally:
            shutil.rmtree(place)
        self.assertEqual(connection.call('SAVE').value, b'OK')
        self.assertEqual(connection.call('SET', 'k', 'v').value, b'OK')

    def test_a_rewrite_keeps_everything(self):
        server = Server(GYRE, harness.server.cores, ['appendonly=yes', 'save='])
        self.addCleanup(server.stop)
        server.control.call('DEBUG', 'POPULATE', 20000, 'fill', 64)
        for _ in range(3):
            writers = Writers(server.port)
            try:
                time.sleep(0.2)
                self.assertEqual(server.control.call('BGREWRITEAOF').value,
                                 b'Background append only file rewriting started')
                wait_for(server.control, 'aof_rewrite_in_progress', '0')
                self.assertEqual(info(server.control, 'aof_last_bgrewrite_status'), 'ok')
            finally:
                writers.stop()
            before = self.digest(server.control)
            server.process.send_signal(signal.SIGKILL)
            server.process.wait()
            server.control.close()
            server.start()
            self.assertEqual(self.digest(server.control), before)
            self.check_cut(server.control)


if __name__ == '__main__':
    main()
