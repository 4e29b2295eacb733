#!/usr/bin/env python3
"""Clients that use up all descriptors: those that have one are served, and files are written all the same."""
import signal
import sys
import time
import unittest

from harness import GYRE, Server
from lib.resp import Closed, Connection, Malformed, Silent

LIMIT = 128
CORES = 2


class Descriptors(unittest.TestCase):
    def setUp(self):
        limited = f"sh -c 'ulimit -n {LIMIT}; exec \"$@\"' sh " + GYRE
        self.server = Server(limited, CORES, ['appendonly=yes', 'save='])
        self.addCleanup(self.server.stop)
        self.clients = []
        self.addCleanup(lambda: [client.close() for client in self.clients])

    def call(self, *argv):
        return self.server.control.call(*argv)

    def use_up(self):
        """Connects until it is refused."""
        for _ in range(2 * LIMIT):
            client = Connection(self.server.port, timeout=60)
            try:
                reply = client.call('PING')
            except (Closed, OSError):
                client.close()
                return
            if reply.kind == '-':
                self.assertEqual(reply.value, b'ERR max number of clients reached')
                client.close()
                return
            self.clients.append(client)
        self.fail('no limit was met')

    def ended_well(self, command, running, status):
        self.call(command)
        while running + b':1' in bytes(self.call('INFO', 'persistence').value):
            time.sleep(0.01)
        self.assertIn(status + b':ok', bytes(self.call('INFO', 'persistence').value))

    def test_files_are_written_all_the_same(self):
        self.use_up()
        self.assertGreater(len(self.clients), LIMIT // 2)
        for number in range(100):
            self.assertEqual(self.clients[number % len(self.clients)].call('SET', f'key:{number}', 'v').value, b'OK')
        for _ in range(3):
            self.ended_well('BGREWRITEAOF', b'aof_rewrite_in_progress', b'aof_last_bgrewrite_status')
            self.ended_well('BGSAVE', b'rdb_bgsave_in_progress', b'rdb_last_bgsave_status')
            self.call('SELECT', '1')
            self.assertEqual(self.call('SET', 'x', 'y').value, b'OK')
            self.assertEqual(self.call('FLUSHDB').value, b'OK')  # begins new files
            self.call('SELECT', '0')
        self.assertEqual(self.call('SET', 'last', '1').value, b'OK')
        self.use_up()  # what was freed meanwhile, and no more
        digest = self.call('DEBUG', 'DIGEST').value
        self.server.control.close()
        self.server.process.send_signal(signal.SIGKILL)
        self.server.process.wait()
        self.server.start()
        self.assertEqual(self.call('DEBUG', 'DIGEST').value, digest)
        self.assertEqual(self.call('DBSIZE').value, 101)

    def test_who_leaves_makes_room(self):
        self.use_up()
        count = len(self.clients)
        for client in self.clients:
            client.close()
        self.clients.clear()
        while True:
            try:
                fresh = Connection(self.server.port, timeout=60)
                if fresh.call('PING').value == b'PONG':
                    break
            except (Closed, OSError, Silent, Malformed):
                pass
            time.sleep(0.01)
        self.clients.append(fresh)
        while b'connected_clients:2\r\n' not in bytes(self.call('INFO', 'clients').value):
            time.sleep(0.01)
        self.use_up()
        self.assertEqual(len(self.clients), count)


if __name__ == '__main__':
    outcome = unittest.main(exit=False, warnings='ignore').result
    bad = len(outcome.failures) + len(outcome.errors)
    print(f'{outcome.testsRun - bad} passed, {bad} failed')
    sys.exit(1 if bad else 0)
