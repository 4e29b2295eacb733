#!/usr/bin/env python3
"""Commands about all keys between others: files of several cores are run side by side, and never across them."""
import signal
import unittest

import harness
from harness import GYRE, ServerCase, main
from lib.resp import Connection
from lib.server import Server


class Generations(ServerCase):
    def write(self, connection, text):
        """Some values to keys of all cores, in one pipeline."""
        for number in range(500):
            connection.call('RPUSH', f'key{number}', text)

    def restart(self, server, cores):
        server.process.send_signal(signal.SIGKILL)
        server.process.wait()
        server.control.close()
        server.cores = cores
        server.start()

    def test_in_their_order(self):
        server = Server(GYRE, harness.server.cores, ['appendonly=yes', 'appendfsync=no', 'save='])
        self.addCleanup(server.stop)
        connection = Connection(server.port, timeout=60)
        self.addCleanup(connection.close)
        for number in range(4):
            self.write(connection, f'before{number}')
            connection.call('FLUSHALL')
            self.write(connection, f'after{number}')
            connection.call('SWAPDB', '0', '1')
            self.write(connection, f'swapped{number}')
            connection.call('MULTI')
            connection.call('RPUSH', 'key1', 'lost')
            connection.call('FLUSHDB')
            connection.call('RPUSH', 'key2', 'kept')
            self.assertEqual(connection.call('EXEC').kind, '*')
            self.write(connection, f'end{number}')
        digest = connection.call('DEBUG', 'DIGEST').value
        self.assertEqual(connection.call('LRANGE', 'key2', '0', '-1').value[0].value, b'kept')
        for cores in (harness.server.cores, 1, 3, 2):
            self.restart(server, cores)
            self.assertEqual(server.control.call('DEBUG', 'DIGEST').value, digest, f'{cores} cores')


if __name__ == '__main__':
    main()
