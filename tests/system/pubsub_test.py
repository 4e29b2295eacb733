#!/usr/bin/env python3
"""Publish and subscribe among many clients: order, counts, clients that do not read, and redis-py on top of it."""
import random
import re
import threading
import time
import unittest

from harness import ServerCase, main

from lib.resp import Closed, Silent, encode

try:
    import redis
except ImportError:
    redis = None


def values(reply):
    return [item.value for item in reply.value]


class PubSub(ServerCase):
    def setUp(self):
        super().setUp()
        self.admin = self.connect()
        self.defaults = self.admin.call('CONFIG', 'GET', 'client-output-buffer-limit').value[1].value

    def tearDown(self):
        self.assertEqual(self.admin.call('CONFIG', 'SET', 'client-output-buffer-limit', self.defaults).value, b'OK')
        self.admin.call('CONFIG', 'SET', 'timeout', '0')
        super().tearDown()

    def subscribe(self, *channels, resp3=False):
        conn = self.connect()
        if resp3:
            conn.call('HELLO', '3')
        conn.send(encode([b'SUBSCRIBE'] + [name.encode() for name in channels]))
        for count, name in enumerate(channels, 1):
            self.assertEqual(values(conn.read()), [b'subscribe', name.encode(), count])
        return conn

    def info(self, field):
        return int(re.search(field + r':(\d+)', self.admin.call('INFO', 'everything').value.decode())[1])

    def wait_until(self, holds):
        until = time.monotonic() + 60
        while not holds():
            self.assertLess(time.monotonic(), until, 'this never came true')
            time.sleep(0.01)

    def test_a_confirmed_subscription_counts_everywhere_at_once(self):
        publishers = [self.connect() for _ in range(4)]
        subscribers = [self.connect() for _ in range(4)]
        for turn in range(300):
            subscriber = subscribers[turn % 4]
            self.assertEqual(subscriber.call('SUBSCRIBE', 'c').value[2].value, 1)
            for publisher in publishers:
                self.assertEqual(publisher.call('PUBLISH', 'c', 'm').value, 1)
            for _ in publishers:
                self.assertEqual(values(subscriber.read()), [b'message', b'c', b'm'])
            self.assertEqual(subscriber.call('UNSUBSCRIBE', 'c').value[2].value, 0)
            for publisher in publishers:
                self.assertEqual(publisher.call('PUBLISH', 'c', 'm').value, 0)

    def test_messages_of_one_publisher_arrive_in_its_order(self):
        per_publisher, publishers = 2000, 4
        subscribers = [self.subscribe('a', 'b', resp3=n % 2 == 0) for n in range(6)]

        def publish(name):
            conn = self.connect()
            for at in range(0, per_publisher, 50):
                conn.send(b''.join(encode([b'PUBLISH', b'ab'[n % 2:n % 2 + 1], b'%d:%d' % (name, n)])
                                   for n in range(at, at + 50)))
                for _ in range(50):
                    self.assertEqual(conn.read().value, len(subscribers))
        threads = [threading.Thread(target=publish, args=(name,)) for name in range(publishers)]
        for thread in threads:
            thread.start()
        for subscriber in subscribers:
            last = [-1] * publishers
            for _ in range(per_publisher * publishers):
                kind, channel, text = values(subscriber.read())
                name, number = map(int, text.split(b':'))
                self.assertEqual((kind, channel), (b'message', b'ab'[number % 2:number % 2 + 1]))
                self.assertEqual(number, last[name] + 1)
                last[name] = number
        for thread in threads:
            thread.join()

    def test_clients_that_come_and_go_leave_nothing_behind(self):
        rng = random.Random(1)
        words = [b'SUBSCRIBE', b'PSUBSCRIBE', b'SSUBSCRIBE', b'UNSUBSCRIBE', b'PUNSUBSCRIBE', b'SUNSUBSCRIBE']
        stop = threading.Event()

        def publish():
            conn = self.connect()
            while not stop.is_set():
                for n in range(8):
                    conn.call('PUBLISH', f'c{n}', 'x' * 100)
                    conn.call('SPUBLISH', f'c{n}', 'x' * 100)
        threads = [threading.Thread(target=publish) for _ in range(2)]
        for thread in threads:
            thread.start()
        try:
            for _ in range(40):
                conns = [self.connect() for _ in range(10)]
                for conn in conns:
                    requests = []
                    for _ in range(20):
                        word = rng.choice(words)
                        count = rng.randrange(0 if word.find(b'UN') >= 0 else 1, 5)
                        requests.append(encode([word] + [b'c%d' % rng.randrange(8) for _ in range(count)]))
                    conn.send(b''.join(requests))
                for conn in conns:
                    if rng.random() < 0.5:
                        conn.send(encode([rng.choice([b'QUIT', b'RESET', b'PING'])]))
                        conn.read()
                    conn.close()
        finally:
            stop.set()
            for thread in threads:
                thread.join()
        watchers = [self.connect() for _ in range(4)]  # on every core
        for conn in watchers:
            self.wait_until(lambda at=conn: not at.call('PUBSUB', 'CHANNELS').value)
            self.wait_until(lambda at=conn: not at.call('PUBSUB', 'SHARDCHANNELS').value)
            self.wait_until(lambda at=conn: at.call('PUBSUB', 'NUMPAT').value == 0)
            self.assertEqual(conn.call('PUBLISH', 'c1', 'm').value, 0)
        self.assertEqual(self.info('pubsub_channels'), 0)

    def test_a_subscriber_above_the_hard_limit_is_cut_and_costs_the_others_nothing(self):
        self.admin.call('CONFIG', 'SET', 'client-output-buffer-limit', 'pubsub 1mb 0 0')
        slow = self.subscribe('c')
        fast = self.subscribe('c')
        publisher = self.connect()
        before = self.info('client_output_buffer_limit_disconnections')
        sent = 0
        while publisher.call('PUBLISH', 'c', b'%07d' % sent + b'x' * 10000).value == 2:
            self.assertEqual(values(fast.read())[2][:7], b'%07d' % sent)
            sent += 1
            self.assertLess(sent, 10000, 'nobody was cut')
        self.assertEqual(values(fast.read())[2][:7], b'%07d' % sent)
        self.assertEqual(self.info('client_output_buffer_limit_disconnections'), before + 1)
        with self.assertRaises(Closed):
            for number in range(sent + 1):  # what it was sent before is whole and in order
                self.assertEqual(values(slow.read())[2][:7], b'%07d' % number)
        self.assertEqual(publisher.call('PUBLISH', 'c', 'm').value, 1)

    def test_small_messages_to_one_who_does_not_read_take_the_memory_they_need(self):
        self.admin.call('CONFIG', 'SET', 'client-output-buffer-limit', 'pubsub 4mb 0 0')
        slow = self.subscribe('c')
        fast = self.subscribe('c', 'd')
        publisher = self.connect()
        small = encode([b'PUBLISH', b'c', b'x' * 20]) + encode([b'PUBLISH', b'd', b'y' * 8000])
        used = self.info('used_memory')
        cut = False
        while not cut:
            publisher.send(small * 50)
            for n in range(100):
                cut |= publisher.read().value == (1 if n % 2 == 0 else 0)
            for n in range(100):
                fast.read()
            self.assertLess(self.info('used_memory') - used, 24_000_000)
        slow.close()

    def test_a_subscriber_above_the_soft_limit_is_cut_after_its_time(self):
        self.admin.call('CONFIG', 'SET', 'client-output-buffer-limit', 'pubsub 0 64kb 1')
        slow = self.subscribe('c')
        self.subscribe('d')  # below the limit
        publisher = self.connect()
        for _ in range(200):  # more than the kernel takes
            self.assertEqual(publisher.call('PUBLISH', 'c', b'x' * 100_000).value, 1)
        self.wait_until(lambda: publisher.call('PUBLISH', 'c', 'm').value == 0)
        self.assertEqual(publisher.call('PUBLISH', 'd', 'm').value, 1)
        with self.assertRaises(Closed):
            while True:
                slow.read()

    def test_limits_of_normal_clients_do_not_hold_for_subscribers(self):
        self.admin.call('CONFIG', 'SET', 'client-output-buffer-limit', 'normal 1mb 0 0 pubsub 0 0 0')
        slow = self.subscribe('c')
        publisher = self.connect()
        for n in range(100):
            self.assertEqual(publisher.call('PUBLISH', 'c', b'%07d' % n + b'x' * 100_000).value, 1)
        for n in range(100):
            self.assertEqual(values(slow.read())[2][:7], b'%07d' % n)

    def test_one_message_above_the_hard_limit(self):
        subscriber = self.subscribe('c')
        self.assertEqual(self.admin.call('PUBLISH', 'c', b'x' * 31_000_000).value, 1)
        self.assertEqual(len(values(subscriber.read())[2]), 31_000_000)
        self.assertEqual(self.admin.call('PUBLISH', 'c', b'x' * 34_000_000).value, 1)
        with self.assertRaises(Closed):
            subscriber.read()
        self.wait_until(lambda: self.admin.call('PUBLISH', 'c', 'm').value == 0)

    def test_idle_subscribers_are_not_closed(self):
        subscriber = self.subscribe('c')
        idle = self.connect()
        idle.call('PING')
        self.admin.call('CONFIG', 'SET', 'timeout', '1')

        self.wait_until(lambda: self.admin.call('PING') and self.is_closed(idle))
        self.assertEqual(self.admin.call('PUBLISH', 'c', 'm').value, 1)
        self.assertEqual(values(subscriber.read()), [b'message', b'c', b'm'])
        # One who has left all is idle like everybody.
        subscriber.call('UNSUBSCRIBE')
        self.wait_until(lambda: self.admin.call('PING') and self.is_closed(subscriber))

    def is_closed(self, conn):
        try:
            conn.read(timeout=0.05)
        except Closed:
            return True
        except Silent:
            pass
        return False

    def test_messages_do_not_come_in_the_midst_of_a_long_reply(self):
        fields = [f'{n}' for n in range(100_000)]
        reader = self.subscribe('c', resp3=True)
        for key in ('k1', 'k2', 'k3', 'k4'):  # of every core
            for at in range(0, len(fields), 1000):
                self.admin.call('HSET', key, *[word for name in fields[at:at + 1000] for word in (name, 'v' * 50)])
            reader.send(encode([b'HGETALL', key.encode()]) + encode([b'PING']))
            for n in range(200):
                self.assertEqual(self.admin.call('PUBLISH', 'c', n).value, 1)
            got = [reader.read() for _ in range(202)]
            self.assertEqual([reply.kind for reply in got if reply.kind != '>'], ['%', '+'])
            self.assertEqual(len(next(reply for reply in got if reply.kind == '%').value), len(fields))
            self.assertEqual([int(values(reply)[2]) for reply in got if reply.kind == '>'], list(range(200)))

    def test_thousands_of_channels_on_one_connection(self):
        names = [f'channel:{n}' for n in range(5000)]
        conn = self.subscribe(*names)
        self.assertEqual(self.admin.call('PUBLISH', 'channel:4999', 'm').value, 1)
        self.assertEqual(values(conn.read())[1], b'channel:4999')
        self.assertEqual(len(self.admin.call('PUBSUB', 'CHANNELS').value), 5000)
        conn.send(encode([b'UNSUBSCRIBE']))
        left = {values(conn.read())[1] for _ in names}
        self.assertEqual(left, {name.encode() for name in names})
        self.assertEqual(self.admin.call('PUBSUB', 'CHANNELS').value, [])


@unittest.skipIf(redis is None, 'python3-redis is not installed')
class RedisPy(ServerCase):
    def setUp(self):
        super().setUp()
        self.r = redis.Redis(port=self.port, decode_responses=True)
        self.addCleanup(self.r.close)

    def next(self, pubsub):
        while True:
            message = pubsub.get_message(timeout=60)
            if message is not None:
                return message['type'], message['pattern'], message['channel'], message['data']

    def test_channels_and_patterns(self):
        pubsub = self.r.pubsub()
        pubsub.subscribe('a', 'b')
        pubsub.psubscribe('a*')
        self.assertEqual(self.next(pubsub), ('subscribe', None, 'a', 1))
        self.assertEqual(self.next(pubsub), ('subscribe', None, 'b', 2))
        self.assertEqual(self.next(pubsub), ('psubscribe', None, 'a*', 3))
        self.assertEqual(self.r.publish('a', 'hello'), 2)
        self.assertEqual(self.next(pubsub), ('message', None, 'a', 'hello'))
        self.assertEqual(self.next(pubsub), ('pmessage', 'a*', 'a', 'hello'))
        self.assertEqual(self.r.pubsub_channels(), ['a', 'b'] if self.r.pubsub_channels()[0] == 'a' else ['b', 'a'])
        self.assertEqual(self.r.pubsub_numsub('a', 'none'), [('a', 1), ('none', 0)])
        self.assertEqual(self.r.pubsub_numpat(), 1)
        pubsub.unsubscribe('a')
        self.assertEqual(self.next(pubsub), ('unsubscribe', None, 'a', 2))
        self.assertEqual(self.r.publish('a', 'again'), 1)
        self.assertEqual(self.next(pubsub), ('pmessage', 'a*', 'a', 'again'))
        pubsub.ping()
        self.assertEqual(self.next(pubsub)[0], 'pong')
        pubsub.close()

    def test_a_thread_with_handlers(self):
        got, done = [], threading.Event()

        def handle(message):
            got.append(message['data'])
            if len(got) == 100:
                done.set()
        pubsub = self.r.pubsub(ignore_subscribe_messages=True)
        pubsub.subscribe(news=handle)
        thread = pubsub.run_in_thread(sleep_time=0.01)
        while self.r.pubsub_numsub('news')[0][1] == 0:
            time.sleep(0.01)
        with self.r.pipeline(transaction=True) as pipe:
            for n in range(100):
                pipe.publish('news', n)
            self.assertEqual(pipe.execute(), [1] * 100)
        self.assertTrue(done.wait(60))
        thread.stop()
        thread.join()
        self.assertEqual(got, [str(n) for n in range(100)])


if __name__ == '__main__':
    main()
