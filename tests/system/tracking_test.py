#!/usr/bin/env python3
"""Clients with caches of their own: nothing in them is ever stale for good, whoever writes, leaves or is killed."""
import random
import re
import threading
import time
import unittest

from harness import ServerCase, main

from lib.resp import Closed, encode

KEYS = [b'k%d' % n for n in range(40)]


class Reader:
    """Reads through a cache, which it keeps as the server's invalidations demand."""

    def __init__(self, conn, options):
        self.conn, self.cache, self.rng, self.hits = conn, {}, random.Random(), 0
        conn.call('HELLO', '3')
        assert conn.call('CLIENT', 'TRACKING', 'ON', *options).value == b'OK'
        self.opts_in = 'OPTIN' in options
        self.owed = set()  # keys seen to have changed, of which no invalidation has come yet

    def take(self, reply):
        """An invalidation."""
        kind, keys = reply.value
        assert kind.value == b'invalidate', reply
        if keys.value is None:
            self.cache.clear()
            self.owed.clear()
        for key in keys.value or []:
            self.cache.pop(key.value, None)
            self.owed.discard(key.value)

    def call(self, *args):
        self.conn.send(encode([arg if isinstance(arg, bytes) else arg.encode() for arg in args]))
        return self.answer()

    def answer(self):
        while (reply := self.conn.read()).kind == '>':
            self.take(reply)
        return reply

    def sync(self):
        """What was owed before must have come now, because pushes follow the reply that they had to wait for."""
        self.call('PING')
        assert not self.owed, f'changed without an invalidation: {self.owed}'

    def note(self, key, value):
        if key in self.cache and self.cache[key] != value:
            self.owed.add(key)
        else:
            self.cache[key] = value

    def step(self):
        keys = self.rng.sample(KEYS, self.rng.choice([1, 1, 1, 3]))
        if self.rng.random() < 0.4:
            self.hits += sum(key in self.cache for key in keys)
            return
        if self.opts_in:
            self.call('CLIENT', 'CACHING', 'YES')
        if len(keys) == 1:
            self.note(keys[0], self.call('GET', keys[0]).value)
        elif self.rng.random() < 0.3:
            self.call('MULTI')
            for key in keys:
                self.call('GET', key)
            for key, value in zip(keys, self.call('EXEC').value):
                self.note(key, value.value)
        else:
            for key, value in zip(keys, self.call('MGET', *keys).value):
                self.note(key, value.value)
        if self.owed:
            self.sync()


def change(conn, rng, number):
    key, other = rng.sample(KEYS, 2)
    value = b'%d' % number
    kind = rng.randrange(10)
    if kind < 4:
        conn.call('SET', key, value)
    elif kind == 4:
        conn.call('MSET', key, value, other, value)
    elif kind == 5:
        conn.call('SET', key, value, 'PX', str(rng.randrange(1, 20)))
    elif kind == 6:
        conn.call('DEL', key, other)
    elif kind == 7:
        conn.call('RENAME', key, other)
    elif kind == 8:
        conn.call('MULTI')
        conn.call('SET', key, value)
        conn.call('SET', other, value)
        conn.call('EXEC')
    elif rng.random() < 0.1:
        conn.call(rng.choice(['FLUSHALL', 'FLUSHDB']))


class TrackingCase(ServerCase):
    def info(self, conn, field):
        return int(re.search(field + r':(\d+)', conn.call('INFO', 'everything').value.decode())[1])

    def run_threads(self, bodies):
        failures = []

        def guarded(body):
            try:
                body()
            except Exception as error:  # told by the main thread
                failures.append(error)
        threads = [threading.Thread(target=guarded, args=(body,)) for body in bodies]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        if failures:
            raise failures[0]


class Staleness(TrackingCase):
    def check(self, options, table_max=1000000):
        admin = self.connect()
        admin.call('CONFIG', 'SET', 'tracking-table-max-keys', str(table_max))
        readers = [Reader(self.connect(), options) for _ in range(6)]
        done = threading.Event()

        def read(reader):
            while not done.is_set():
                reader.step()

        def write(seed):
            try:
                conn, rng = self.connect(), random.Random(seed)
                for number in range(1500):
                    change(conn, rng, number)
            finally:
                writing.release()
        writing = threading.Semaphore(0)

        def end():
            for _ in range(3):
                writing.acquire()
            done.set()
        self.run_threads([lambda r=r: read(r) for r in readers] + [lambda s=s: write(s) for s in range(3)] + [end])
        time.sleep(0.2)  # the last keys expire
        truth = dict(zip(KEYS, (item.value for item in admin.call('MGET', *KEYS).value)))
        for reader in readers:
            # From every core the last invalidation is under way at most: a read of each key calls for it.
            reader.sync()
            until = time.monotonic() + 30
            while any(truth[key] != value for key, value in reader.cache.items()):
                self.assertLess(time.monotonic(), until, 'a cached value is stale')
                reader.sync()
            self.assertGreater(reader.hits, 0)
        admin.call('CONFIG', 'SET', 'tracking-table-max-keys', '1000000')

    def test_what_was_read(self):
        self.check([])

    def test_what_was_read_and_asked_for(self):
        self.check(['OPTIN'])

    def test_all_keys(self):
        self.check(['BCAST'])

    def test_prefixes(self):
        self.check(['BCAST', 'PREFIX', 'k1', 'PREFIX', 'k2', 'PREFIX', 'k3', 'PREFIX', 'k0'] +
                   [word for n in range(4, 10) for word in ('PREFIX', f'k{n}')])

    def test_a_small_table(self):
        self.check([], table_max=10)


class Departures(TrackingCase):
    def come_and_go(self, seed, others):
        """Clients that track in all ways and redirect to each other, and end somehow."""
        rng = random.Random(seed)
        for _ in range(60):
            try:
                conn = self.connect()
                own = conn.call('CLIENT', 'ID').value
                others.append(own)
                if rng.random() < 0.7:
                    conn.call('HELLO', '3')
                conn.send(encode([b'CLIENT', b'TRACKING', b'ON'] +
                                 rng.choice([[], [b'BCAST'], [b'BCAST', b'PREFIX', b'k1'], [b'NOLOOP']]) +
                                 rng.choice([[], [b'REDIRECT', b'%d' % rng.choice(others)]])))
                for number in range(rng.randrange(20)):
                    conn.send(encode(rng.choice([
                        [b'GET', rng.choice(KEYS)], [b'MGET'] + KEYS[:10], [b'SET', rng.choice(KEYS), b'%d' % number],
                        [b'MULTI'], [b'EXEC'], [b'SUBSCRIBE', b'__redis__:invalidate'], [b'RESET'],
                        [b'CLIENT', b'TRACKING', b'OFF'], [b'BLPOP', b'nothing', b'0.001'], [b'FLUSHALL'],
                        [b'CLIENT', b'KILL', b'ID', b'%d' % rng.choice(others[-8:])], [b'CLIENT', b'TRACKINGINFO']])))
                    if rng.random() < 0.3:
                        conn.read()
                if rng.random() < 0.3:
                    conn.send(encode([b'QUIT']))
                conn.close()
            except (Closed, OSError):
                pass  # killed by another one

    def test_nothing_is_left_of_clients_that_come_and_go(self):
        others = [1]
        self.run_threads([lambda s=s: self.come_and_go(s, others) for s in range(6)])
        admin = self.connect()
        until = time.monotonic() + 60
        while self.info(admin, 'tracking_clients') or self.info(admin, 'tracking_total_prefixes'):
            self.assertLess(time.monotonic(), until, 'something was left')
            time.sleep(0.05)
        admin.call('FLUSHALL')
        self.assertEqual(self.info(admin, 'tracking_total_keys'), 0)

    def test_one_who_does_not_read_is_cut(self):
        admin = self.connect()
        limits = admin.call('CONFIG', 'GET', 'client-output-buffer-limit').value[1].value
        admin.call('CONFIG', 'SET', 'client-output-buffer-limit', 'normal 1mb 0 0')
        slow = self.connect()
        slow.call('HELLO', '3')
        slow.call('CLIENT', 'TRACKING', 'ON', 'BCAST')
        before = self.info(admin, 'client_output_buffer_limit_disconnections')
        number = 0
        while self.info(admin, 'tracking_clients'):
            admin.send(b''.join(encode([b'SET', b'%d' % n + b'x' * 10000, b'v']) for n in range(number, number + 100)))
            for _ in range(100):
                admin.read()
            number += 100
            self.assertLess(number, 100000, 'nobody was cut')
        self.assertEqual(self.info(admin, 'client_output_buffer_limit_disconnections'), before + 1)
        admin.call('CONFIG', 'SET', 'client-output-buffer-limit', limits)


if __name__ == '__main__':
    main([1, 2, 4])
