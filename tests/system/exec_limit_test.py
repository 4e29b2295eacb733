#!/usr/bin/env python3
"""Transactions whose replies are more than the client may be owed."""
import re
import unittest

import harness
from harness import PEER, ServerCase, main

from lib.resp import Closed, encode


@unittest.skipIf(PEER, 'it builds the whole reply')
class ExecLimit(ServerCase):
    def info(self, conn, field):
        return int(re.search(field + r':(\d+)', conn.call('INFO', 'everything').value.decode())[1])

    def most_resident(self):
        """Bytes of memory that the server has had at most since the last call."""
        process = f'/proc/{harness.server.process.pid}/'
        with open(process + 'status', encoding='ascii') as file:
            most = int(re.search(r'VmHWM:\s*(\d+) kB', file.read())[1]) * 1024
        with open(process + 'clear_refs', 'w', encoding='ascii') as file:
            file.write('5')
        return most

    def exec_beyond_the_limit(self, keys):
        """The client is cut, the transaction happens all the same, and its replies were never all in memory."""
        admin = self.connect()
        limits = admin.call('CONFIG', 'GET', 'client-output-buffer-limit').value[1].value
        admin.call('CONFIG', 'SET', 'client-output-buffer-limit', 'normal 4mb 0 0')
        for key in keys:
            admin.call('RPUSH', key, *(b'%07d' % n + b'x' * 1000 for n in range(1000)))
        admin.call('CONFIG', 'RESETSTAT')
        self.most_resident()
        before = self.most_resident()
        conn = self.connect()
        conn.send(encode([b'MULTI']) + b''.join(encode([b'LRANGE', key.encode(), b'0', b'-1'])
                                                for _ in range(200) for key in keys) +
                  encode([b'PING']) + encode([b'SET', keys[0].encode() + b':done', b'1']) + encode([b'EXEC']))
        with self.assertRaises(Closed):
            while True:
                conn.read()
        self.assertEqual(admin.call('GET', keys[0] + ':done').value, b'1')
        self.assertLess(self.most_resident() - before, 80_000_000)  # of 200 MB for each key
        self.assertEqual(self.info(admin, 'client_output_buffer_limit_disconnections'), 1)
        admin.call('CONFIG', 'SET', 'client-output-buffer-limit', limits)

    def test_a_transaction_that_answers_too_much_on_one_core(self):
        self.exec_beyond_the_limit(['k{a}'])

    def test_a_transaction_that_answers_too_much_on_many_cores(self):
        self.exec_beyond_the_limit(['k1', 'k2', 'k3', 'k4'])


if __name__ == '__main__':
    main([1, 2, 4])
