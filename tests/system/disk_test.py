#!/usr/bin/env python3
"""A disk that is full: writes are refused at once, reads go on, and when there is room again all is well by itself.

Needs a small file system of its own (a tmpfs, mounted by root); without one it is skipped.
"""
import os
import shutil
import signal
import subprocess
import tempfile
import time
import unittest

import harness
from harness import GYRE, ServerCase, main
from lib.resp import Closed
from lib.server import Server


def mounted(size):
    place = tempfile.mkdtemp(prefix='gyre-disk-')
    done = subprocess.run(['mount', '-t', 'tmpfs', '-o', f'size={size}', 'tmpfs', place], capture_output=True)
    if done.returncode != 0:
        os.rmdir(place)
        return None
    return place


class FullDisk(ServerCase):
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
        server = Server(GYRE.replace('{dir}', self.place), harness.server.cores,
                        ['appendonly=yes', f'appendfsync={policy}', 'save='])
        self.addCleanup(server.stop)
        return server

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
        subprocess.run(['mount', '-o', 'remount,size=50m', self.place], check=True)
        while server.control.call('SET', 'after', '1').kind == '-':
            time.sleep(0.05)
        acknowledged['after'] = b'1'
        before = server.control.call('DEBUG', 'DIGEST').value
        server.process.send_signal(signal.SIGKILL)
        server.process.wait()
        server.control.close()
        server.start()
        self.assertEqual(server.control.call('DEBUG', 'DIGEST').value, before)
        for key, value in acknowledged.items():
            self.assertEqual(len(server.control.call('GET', key).value) >= len(value), True, key)

    def test_everysec(self):
        self.check('everysec')

    def test_always(self):
        self.check('always')


if __name__ == '__main__':
    main()
