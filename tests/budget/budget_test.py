"""What a GET and a SET may cost: coroutine frames, allocations, messages between cores and system calls, counted by the
server itself (INFO runtime) around a known number of commands, with the cost of asking taken off.
"""
import os
import re
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '..', 'system'))

import harness  # noqa: E402

COUNT = 6400
FIELDS = ('frames', 'objects', 'allocated', 'messages', 'enters', 'submissions')


def encode(*words):
    words = [str(word).encode() for word in words]
    return b'*%d\r\n' % len(words) + b''.join(b'$%d\r\n%s\r\n' % (len(word), word) for word in words)


class Budget(harness.ServerCase):
    def setUp(self):
        super().setUp()
        self.client = self.connect()
        self.asker = self.connect()

    def exchange(self, requests, reply_bytes):
        """Sends requests as one piece and waits for the bytes of their replies."""
        self.client.sock.sendall(requests)
        self.take(self.client, reply_bytes)

    def take(self, conn, left):
        while left:
            got = len(conn.sock.recv(min(left, 1 << 20)))
            self.assertGreater(got, 0)
            left -= got

    def counters(self):
        text = self.asker.call('INFO', 'runtime').value.decode()
        cores = re.findall(r'core\d+:(\S+)', text)
        self.assertTrue(cores)
        sums = dict.fromkeys(FIELDS, 0)
        for core in cores:
            values = dict(pair.split('=') for pair in core.split(','))
            for field in FIELDS:
                sums[field] += int(values[field])
        return sums

    def cost(self, request, reply_bytes, pipeline, listeners=(), frame_bytes=0):
        """Per-command cost of COUNT commands sent `pipeline` at a time."""
        def run():
            for at in range(0, COUNT, pipeline):
                batch = [request(i) for i in range(at, at + pipeline)]
                self.exchange(b''.join(batch), reply_bytes * pipeline)
                for listener in listeners:
                    self.take(listener, frame_bytes * pipeline)
        run()  # pools fill, chunks and batches exist, histograms have their memory
        before = self.counters()
        idle = self.counters()
        run()
        after = self.counters()
        return {f: (after[f] - idle[f] - (idle[f] - before[f])) / COUNT for f in FIELDS}

    def fill(self, count):
        for i in range(count):
            self.exchange(encode('SET', f'key:{i}', 'v' * 64), 5)

    @property
    def cores(self):
        return harness.server.cores

    def check(self, cost, objects):
        self.assertEqual(cost['frames'], 0, cost)
        self.assertLessEqual(cost['objects'], objects, cost)
        # One allocation per command would be 8 bytes at least; what is seen is buffers coming back after a trim.
        self.assertLess(cost['allocated'], 8, cost)

    def test_get_pipelined(self):
        self.fill(100)
        cost = self.cost(lambda i: encode('GET', f'key:{i % 100}'), 71, 64)
        self.check(cost, 0)
        self.assertLessEqual(cost['enters'], 4 * self.cores / 64, cost)
        # A pipeline goes to each other core as one message, and comes back as one.
        self.assertLessEqual(cost['messages'], 2 * (self.cores - 1) / 64 + 0.01, cost)

    def test_get_alone(self):
        self.fill(100)
        cost = self.cost(lambda i: encode('GET', f'key:{i % 100}'), 71, 1)
        self.check(cost, 0)
        if self.cores == 1:
            self.assertEqual(cost['messages'], 0, cost)
            self.assertLessEqual(cost['enters'], 2.1, cost)
            self.assertLessEqual(cost['submissions'], 1.1, cost)
        else:
            self.assertLessEqual(cost['messages'], 2, cost)

    def test_set_that_overwrites(self):
        self.fill(100)
        cost = self.cost(lambda i: encode('SET', f'key:{i % 100}', 'w' * 64), 5, 64)
        self.check(cost, 0)
        self.assertLessEqual(cost['enters'], 4 * self.cores / 64, cost)

    def test_set_of_another_size_is_one_allocation(self):
        self.fill(100)
        cost = self.cost(lambda i: encode('SET', f'key:{i % 100}', 'w' * (64 + 8 * (i // 100 % 2))), 5, 64)
        self.check(cost, 1)

    def test_incr_of_a_counter(self):
        for i in range(10):
            self.exchange(encode('SET', f'n:{i}', 10 ** 9), 5)
        cost = self.cost(lambda i: encode('INCR', f'n:{i % 10}'), 13, 64)
        self.check(cost, 0)

    def test_publish_to_nobody(self):
        cost = self.cost(lambda i: encode('PUBLISH', 'c', 'm' * 64), 4, 64)
        self.check(cost, 0)
        self.assertLessEqual(cost['messages'], 0.01, cost)

    def test_publish_to_subscribers_on_all_cores(self):
        listeners = [self.connect() for _ in range(3 * self.cores)]
        for listener in listeners:
            listener.call('SUBSCRIBE', 'c')
        frame_bytes = len(encode('message', 'c', 'm' * 64))
        cost = self.cost(lambda i: encode('PUBLISH', 'c', 'm' * 64), 4, 64, listeners, frame_bytes)
        self.assertEqual(cost['frames'], 0, cost)
        self.assertLessEqual(cost['objects'], 0, cost)
        # One message to each other core, whatever the number of subscribers there.
        self.assertLessEqual(cost['messages'], self.cores - 1 + 0.01, cost)
        if self.cores == 1:
            self.assertLess(cost['allocated'], 8, cost)
            # Of a turn, one send for each subscriber.
            self.assertLessEqual(cost['submissions'], (len(listeners) + 1.1) / 64, cost)

    def test_keys_writes_its_reply_once(self):
        self.assertEqual(self.client.call('DEBUG', 'POPULATE', 100_000).value, b'OK')
        names = [b'key:%d' % i for i in range(100_000)]
        reply_bytes = len(b'*100000\r\n') + sum(len(b'$%d\r\n%s\r\n' % (len(name), name)) for name in names)
        self.exchange(encode('KEYS', '*'), reply_bytes)
        before = self.counters()
        idle = self.counters()
        self.exchange(encode('KEYS', '*'), reply_bytes)
        after = self.counters()
        allocated = after['allocated'] - idle['allocated'] - (idle['allocated'] - before['allocated'])
        # The pieces that are sent, and the replies' own small change.
        self.assertLess(allocated, reply_bytes * 1.1 + 200_000)

    def test_missing_key(self):
        cost = self.cost(lambda i: encode('GET', f'none:{i % 100}'), 5, 64)
        self.check(cost, 0)


if __name__ == '__main__':
    harness.main(options=['save='])  # whose rules are looked at once a second
