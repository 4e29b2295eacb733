#!/usr/bin/env python3
"""A disk that is full: writes are refused at once, reads go on, and when there is room again all is well by itself.

Needs a small file system of its own (a tmpfs, mounted by root); without one it is skipped.
"""
import os
import shutil
import signal
import subprocess
import tempfile
import threading
import time
import unittest

import harness
from harness import GYRE, ServerCase, main
from lib.resp import Closed, Connection
from lib.server import Server


def mounted(size):
    place = tempfile.mkdtemp(prefix='gyre-disk-')
    done = subprocess.run(['mount', '-t', 'tmpfs', '-o', f'size={size}', 'tmpfs', place], capture_output=True)
    if done.returncode != 0:
        os.rmdir(place)
        return None
    return place


class DiskCase(ServerCase):
    cores = None  # as many as the harness says

    def setUp(self):
        super().setUp()
        self.place = mounted('2m')
        if self.place is None:
            self.skipTest('no tmpfs can be mounted')
        self.addCleanup(self.unmount)

    def unmount(self):
        subprocess.run(['umount', '-l', self.place], check=True)
        os.rmdir(self.place)

    def start(self, policy):
        server = Server(GYRE.replace('{dir}', self.place), self.cores or harness.server.cores,
                        ['appendonly=yes', f'appendfsync={policy}', 'save='])
        self.addCleanup(server.stop)
        return server

    def give_room(self, server):
        subprocess.run(['mount', '-o', 'remount,size=50m', self.place], check=True)
        while server.control.call('SET', 'after', '1').kind == '-':
            time.sleep(0.05)

    def kill(self, server):
        server.process.send_signal(signal.SIGKILL)
        server.process.wait()
        server.control.close()
        server.start()


class FullDisk(DiskCase):
    def fill(self, server):
        """Writes until they are refused; what was acknowledged."""
        acknowledged = {}
        for number in range(2000):
            value = str(number) * 700
            try:
                reply = server.control.call('SET', f'k{number % 300}', value)
            except Closed:
                server.control = type(server.control)(server.port, timeout=60)
                continue
            if reply.kind == '-':
                self.assertTrue(reply.value.startswith(b'MISCONF'), reply.value)
                return acknowledged
            acknowledged[f'k{number % 300}'] = value.encode()
        self.fail('the disk was never full')

    def check(self, policy):
        server = self.start(policy)
        acknowledged = self.fill(server)
        self.assertGreater(len(acknowledged), 100)
        for key, value in list(acknowledged.items())[:20]:
            self.assertIsNotNone(server.control.call('GET', key).value)
        self.give_room(server)
        acknowledged['after'] = b'1'
        before = server.control.call('DEBUG', 'DIGEST').value
        self.kill(server)
        self.assertEqual(server.control.call('DEBUG', 'DIGEST').value, before)
        for key, value in acknowledged.items():
            self.assertEqual(len(server.control.call('GET', key).value) >= len(value), True, key)

    def test_everysec(self):
        self.check('everysec')

    def test_always(self):
        self.check('always')


class PairWriter(threading.Thread):
    """Writes the same to two keys, in one of the ways that are atomic, until it is refused or cut off."""

    def __init__(self, server, number):
        super().__init__()
        self.server = server
        self.number = number
        self.keys = (f'left{number}', f'right{number}')
        self.acknowledged = 0
        self.said = b''

    def write(self, connection, text):
        if self.number % 2 == 0:
            return connection.call('MSET', self.keys[0], text, self.keys[1], text)
        connection.call('MULTI')
        for key in self.keys:
            connection.call('SET', key, text)
        return connection.call('EXEC')

    def run(self):
        connection = Connection(self.server.port, timeout=60)
        try:
            while True:
                reply = self.write(connection, f'{self.acknowledged + 1}:' + 'x' * 2000)
                if reply.kind == '-':
                    self.said = reply.value
                    return
                self.acknowledged += 1
        except Closed:
            self.said = b'closed'
        finally:
            connection.close()


class FullDiskOverCores(DiskCase):
    """Writes over two cores are under way when one of them cannot write: nothing waits for ever, nothing is half."""

    cores = 2

    def check_pairs(self, server, writers):
        for writer in writers:
            left, right = (server.control.call('GET', key).value or b'0:' for key in writer.keys)
            self.assertEqual(left, right, writer.keys)
            self.assertGreaterEqual(int(left.split(b':')[0]), writer.acknowledged, writer.keys)

    def check(self, policy):
        for _ in range(3):
            server = self.start(policy)
            writers = [PairWriter(server, number) for number in range(16)]
            for writer in writers:
                writer.start()
            for writer in writers:
                writer.join()
                self.assertTrue(writer.said == b'closed' or b'MISCONF' in writer.said or b'EXECABORT' in writer.said,
                                writer.said)
            self.check_pairs(server, writers)
            self.give_room(server)
            self.assertEqual(server.control.call('MSET', 'a', '1', 'b', '1', 'c', '1', 'd', '1').kind, '+')
            self.kill(server)
            self.check_pairs(server, writers)
            server.stop()
            for name in os.listdir(self.place):
                path = os.path.join(self.place, name)
                shutil.rmtree(path) if os.path.isdir(path) else os.unlink(path)
            subprocess.run(['mount', '-o', 'remount,size=2m', self.place], check=True)

    def test_everysec(self):
        self.check('everysec')

    def test_always(self):
        self.check('always')


if __name__ == '__main__':
    main()
