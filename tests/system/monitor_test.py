#!/usr/bin/env python3
"""MONITOR among many clients: everything is shown once and in each client's order, and who does not read is cut."""
import re
import threading
import time

from harness import ServerCase, main

from lib.resp import Closed, encode


class Monitor(ServerCase):
    def info(self, conn, field):
        return int(re.search(field + r':(\d+)', conn.call('INFO', 'everything').value.decode())[1])

    def run_threads(self, bodies):
        threads = [threading.Thread(target=body) for body in bodies]
        for thread in threads:
            thread.start()
        return threads

    def test_everything_is_shown_once_and_in_the_order_of_each_client(self):
        clients, rounds = 6, 200
        monitors = [self.connect() for _ in range(3)]
        for monitor in monitors:
            self.assertEqual(monitor.call('MONITOR').value, b'OK')

        def work(name):
            conn = self.connect()
            for n in range(0, rounds, 5):
                mark = [b'%d:%d' % (name, n + i) for i in range(5)]
                conn.send(encode([b'SET', b'k%d' % n, mark[0]]) + encode([b'MSET', b'a', mark[1], b'b', b'x']) +
                          encode([b'MULTI']) + encode([b'SET', b'l%d' % n, mark[2]]) + encode([b'EXEC']) +
                          encode([b'ECHO', mark[3]]) + encode([b'SETEX', b'm%d' % n, b'100', mark[4]]))
                for _ in range(7):
                    conn.read()
        threads = self.run_threads([lambda n=n: work(n) for n in range(clients)])
        for monitor in monitors:
            seen = [0] * clients
            while sum(seen) < clients * rounds:
                line = monitor.read().value
                found = re.search(rb'"(\d):(\d+)"', line)
                if found:
                    name, number = int(found[1]), int(found[2])
                    self.assertEqual(number, seen[name], line)
                    seen[name] += 1
        for thread in threads:
            thread.join()

    def test_monitors_that_come_and_go_cost_nothing_afterwards(self):
        stop = threading.Event()

        def work():
            conn = self.connect()
            while not stop.is_set():
                conn.send(b''.join(encode([b'SET', b'k%d' % n, b'v' * 100]) for n in range(30)))
                for _ in range(30):
                    conn.read()

        def watch():
            for n in range(60):
                conn = self.connect()
                conn.send(encode([b'MONITOR']))
                for _ in range(n % 7):
                    conn.read()
                if n % 3 == 0:
                    conn.send(encode([b'RESET']))
                conn.close()
        workers = self.run_threads([work] * 3)
        for thread in self.run_threads([watch] * 3):
            thread.join()
        stop.set()
        for thread in workers:
            thread.join()
        admin = self.connect()
        until = time.monotonic() + 60
        while b'flags=O' in admin.call('CLIENT', 'LIST').value:
            self.assertLess(time.monotonic(), until, 'a monitor was left')

    def test_one_who_does_not_read_is_cut(self):
        admin = self.connect()
        limits = admin.call('CONFIG', 'GET', 'client-output-buffer-limit').value[1].value
        admin.call('CONFIG', 'SET', 'client-output-buffer-limit', 'normal 2mb 0 0')
        slow, before = self.connect(), self.info(admin, 'client_output_buffer_limit_disconnections')
        slow.call('MONITOR')
        sent = 0
        while self.info(admin, 'client_output_buffer_limit_disconnections') == before:
            for _ in range(100):
                admin.call('ECHO', b'x' * 10000)
            sent += 1
            self.assertLess(sent, 1000, 'nobody was cut')
        with self.assertRaises(Closed):
            while True:
                slow.read()
        admin.call('CONFIG', 'SET', 'client-output-buffer-limit', limits)


if __name__ == '__main__':
    main([1, 2, 4])
