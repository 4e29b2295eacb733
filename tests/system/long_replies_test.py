#!/usr/bin/env python3
"""Replies that are made part by part: what they say, what may happen meanwhile, and what they keep in memory.

A reply of more than about a megabyte is handed on while its client takes it, and shows its value as it was at one
moment, whoever wants to change it.
"""
import random
import socket
import struct

from harness import PEER, ServerCase, main
from lib.resp import Connection, encode

COUNT = 60000  # elements of a long value; 6 MB of reply
PAD = b'x' * 90


def text(n):
    return b'%06d' % n + PAD


def fill(connection, *head, each=lambda n: (text(n),), count=COUNT):
    """Adds elements 0 to count to a value in pipelines of a thousand."""
    for start in range(0, count, 1000):
        request = list(head)
        for n in range(start, min(start + 1000, count)):
            request += each(n)
        connection.call(*request)


class Values:
    """The long values of a test, and what each reading command answers."""

    def __init__(self, connection, tag=b''):
        self.keys = [name + tag for name in (b'list', b'set', b'hash', b'zset', b'stream')]
        self.list, self.set, self.hash, self.zset, self.stream = self.keys
        fill(connection, b'RPUSH', self.list)
        fill(connection, b'SADD', self.set)
        fill(connection, b'HSET', self.hash, each=lambda n: (b'%d' % n, text(n)))
        fill(connection, b'ZADD', self.zset, each=lambda n: (b'%d' % n, text(n)))
        for start in range(0, COUNT, 1000):
            some = range(start, start + 1000)
            connection.send(b''.join(encode([b'XADD', self.stream, b'7-%d' % (n + 1), b'f', text(n)]) for n in some))
            for _ in some:
                connection.read()

    def requests(self):
        every = [text(n) for n in range(COUNT)]
        names = [b'%d' % n for n in range(COUNT)]
        pairs = sorted(zip(names, every))
        entries = [(b'7-%d' % (n + 1), item) for n, item in enumerate(every)]
        return [
            ((b'LRANGE', self.list, b'0', b'-1'), list, every),
            ((b'LRANGE', self.list, b'5', b'-7'), list, every[5:-6]),
            ((b'SMEMBERS', self.set), sorted, sorted(every)),
            ((b'SRANDMEMBER', self.set, b'99999999'), sorted, sorted(every)),
            ((b'HKEYS', self.hash), sorted, sorted(names)),
            ((b'HVALS', self.hash), sorted, sorted(every)),
            ((b'HGETALL', self.hash), as_pairs, pairs),
            ((b'HRANDFIELD', self.hash, b'%d' % COUNT, b'WITHVALUES'), as_pairs, pairs),
            ((b'ZRANGE', self.zset, b'0', b'-1'), list, every),
            ((b'ZRANGE', self.zset, b'3', b'-2', b'REV'), list, every[::-1][3:-1]),
            ((b'ZRANGE', self.zset, b'7', b'(50000', b'BYSCORE', b'LIMIT', b'1', b'40000'), list, every[8:40008]),
            ((b'ZREVRANGEBYSCORE', self.zset, b'+inf', b'9'), list, every[:8:-1]),
            ((b'ZRANGE', self.zset, b'0', b'-1', b'WITHSCORES'), as_scores, list(zip(every, names))),
            ((b'XRANGE', self.stream, b'-', b'+'), as_entries, entries),
            ((b'XRANGE', self.stream, b'7-9', b'(7-50000', b'COUNT', b'40000'), as_entries, entries[8:40008]),
            ((b'XREVRANGE', self.stream, b'+', b'-'), as_entries, entries[::-1]),
            ((b'XREVRANGE', self.stream, b'7-59998', b'(7-3'), as_entries, entries[59997:2:-1]),
            ((b'XREAD', b'STREAMS', self.stream, b'7-4'), as_read, entries[4:]),
            ((b'XREAD', b'COUNT', b'55000', b'STREAMS', self.stream, b'0'), as_read, entries[:55000]),
        ]


def flat(reply):
    """The elements of an array, a set, a map, or an array of pairs, one behind the other."""
    if reply.kind == '%':
        return [side.value for pair in reply.value for side in pair]
    found = []
    for item in reply.value:
        found += [side.value for side in item.value] if item.kind == '*' else [item.value]
    return found


def as_pairs(values):
    return sorted(zip(values[::2], values[1::2]))


def as_scores(values):
    return [(name, b'%d' % float(score)) for name, score in zip(values[::2], values[1::2])]


def as_entries(values):
    return [(number, fields[1].value) for number, fields in zip(values[::2], values[1::2])]


def as_read(values):
    return [(entry.value[0].value, entry.value[1].value[1].value) for entry in values[1]]


class SlowReader:
    """Sends a request and reads nothing until told; its socket takes little."""

    def __init__(self, port, *request):
        self.socket = socket.socket()
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 65536)
        self.socket.connect(('127.0.0.1', port))
        self.socket.settimeout(60)
        self.socket.sendall(encode([b'CLIENT', b'SETNAME', b'slow']) + encode(request))
        # Its reply has begun when the first bytes are there.
        self.begun = self.socket.recv(64, socket.MSG_WAITALL)
        assert self.begun.startswith(b'+OK\r\n'), self.begun

    def read(self, until):
        """Everything up to a text at the end."""
        data = bytearray(self.begun)
        while not data.endswith(until):
            piece = self.socket.recv(1 << 20)
            if not piece:
                return data, False
            data += piece
        return data, True

    def reset(self):
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack('ii', 1, 0))
        self.socket.close()


def list_reply(numbers):
    body = b''.join(b'$%d\r\n%s\r\n' % (len(text(n)), text(n)) for n in numbers)
    return b'+OK\r\n*%d\r\n' % len(numbers) + body


def memory(connection):
    for line in connection.call('INFO', 'memory').value.splitlines():
        if line.startswith(b'used_memory:'):
            return int(line.split(b':')[1])
    raise AssertionError('INFO has no used_memory')


class LongReplies(ServerCase):
    def check(self, connection, values):
        for request, shape, expected in values.requests():
            reply = connection.call(*request)
            self.assertTrue(shape(flat(reply)) == expected, request)

    def test_every_command_answers_with_all(self):
        connection = self.connect()
        values = Values(connection)
        self.check(connection, values)
        connection.call('HELLO', '3')
        self.check(connection, values)

    def test_a_pipeline_of_long_and_short_replies_stays_in_order(self):
        connection = self.connect()
        values = Values(connection)
        requests = values.requests()
        random.Random(1).shuffle(requests)
        pipeline = b''
        for n, (request, _, _) in enumerate(requests):
            pipeline += encode([b'SET', b'k%d' % n, b'v']) + encode(request) + encode([b'INCR', b'counter'])
            pipeline += encode([b'RPUSH', values.list, b'extra']) + encode([b'RPOP', values.list])
        connection.send(pipeline)
        for n, (request, shape, expected) in enumerate(requests):
            self.assertEqual(connection.read().value, b'OK')
            self.assertTrue(shape(flat(connection.read())) == expected, request)
            self.assertEqual(connection.read().value, n + 1)
            self.assertEqual(connection.read().value, COUNT + 1)
            self.assertEqual(connection.read().value, b'extra')

    def test_draws_of_any_number_show_members_only(self):
        connection = self.connect()
        connection.call('SADD', 'set', *range(100))
        fill(connection, b'SADD', b'large', each=lambda n: (b'%d' % n,), count=5000)
        connection.call('HSET', 'hash', 'a', '1', 'b', '2')
        connection.call('ZADD', 'zset', '1', 'a', '2', 'b')
        for request, allowed in [((b'SRANDMEMBER', b'set', b'-300000'), {b'%d' % n for n in range(100)}),
                                 ((b'SRANDMEMBER', b'large', b'-300000'), {b'%d' % n for n in range(5000)}),
                                 ((b'HRANDFIELD', b'hash', b'-300000'), {b'a', b'b'}),
                                 ((b'ZRANDMEMBER', b'zset', b'-300000'), {b'a', b'b'})]:
            found = flat(connection.call(*request))
            self.assertEqual(len(found), 300000)
            self.assertEqual(set(found), allowed)

    def test_who_wants_to_write_sees_the_reply_of_before_complete(self):
        setup = self.connect()
        writer = self.connect()
        others = [b'HSET', b'other', b'a', b'1'], [b'DEL', b'list'], [b'EXPIRE', b'list', b'100'], [b'FLUSHALL'], \
            [b'RENAME', b'list', b'other'], [b'LPOP', b'list'], [b'RPUSH', b'list', b'new'], [b'SET', b'list', b'v'], \
            [b'SWAPDB', b'0', b'1'], [b'SORT', b'list', b'ALPHA', b'BY', b'w_*', b'STORE', b'list'], \
            [b'LMOVE', b'list', b'other', b'LEFT', b'RIGHT']
        for request in others:
            setup.call('FLUSHALL')
            fill(setup, b'RPUSH', b'list')
            reader = SlowReader(self.port, b'LRANGE', b'list', b'0', b'-1')
            # The writer is answered though nobody reads, and what was asked for before does not change.
            reply = writer.call(*request)
            self.assertNotEqual(reply.kind, '-', request)
            expected = list_reply(range(COUNT))
            data, is_whole = reader.read(expected[-100:])
            self.assertTrue(is_whole and data == expected, request)
            reader.socket.close()

    def test_readers_and_writers_of_one_key_all_get_on(self):
        setup = self.connect()
        fill(setup, b'RPUSH', b'list')
        readers = [SlowReader(self.port, b'LRANGE', b'list', b'0', b'-1') for _ in range(5)]
        writer = self.connect()
        for n in range(50):
            self.assertEqual(writer.call('RPUSH', 'list', 'tail').value, COUNT + n + 1)
            self.assertEqual(writer.call('LLEN', 'list').value, COUNT + n + 1)
        expected = list_reply(range(COUNT))
        for reader in readers:
            self.assertTrue(reader.read(expected[-100:])[0] == expected)
            reader.socket.close()

    def test_a_reply_that_nobody_waits_for_takes_no_memory(self):
        setup = self.connect()
        fill(setup, b'RPUSH', b'list', count=5 * COUNT)
        fill(setup, b'SADD', b'set', count=5 * COUNT)
        before = memory(setup)
        readers = [SlowReader(self.port, b'LRANGE', b'list', b'0', b'-1'), SlowReader(self.port, b'SMEMBERS', b'set'),
                   SlowReader(self.port, b'SRANDMEMBER', b'set', b'-10000000')]
        grown = memory(setup) - before
        for reader in readers:
            reader.socket.close()
        if not PEER:
            self.assertLess(grown, 8 * 1024 * 1024)  # 30 MB, 30 MB, and 1 GB

    def test_the_client_goes_in_the_middle(self):
        setup = self.connect()
        fill(setup, b'RPUSH', b'list')
        for n in range(30):
            reader = SlowReader(self.port, b'LRANGE', b'list', b'0', b'-1')
            [reader.socket.close, reader.reset][n % 2]()
            self.assertEqual(setup.call('RPUSH', 'list', 'x').value, COUNT + n + 1)
        self.assertEqual(setup.call('DEL', 'list').value, 1)

    def test_the_client_is_killed_in_the_middle(self):
        setup = self.connect()
        fill(setup, b'RPUSH', b'list')
        for n in range(10):
            reader = SlowReader(self.port, b'LRANGE', b'list', b'0', b'-1')
            for line in setup.call('CLIENT', 'LIST').value.splitlines():
                if b'name=slow' in line:
                    self.assertEqual(setup.call('CLIENT', 'KILL', 'ID', line.split()[0][3:]).value, 1)
            self.assertFalse(reader.read(b'nothing that it would send')[1])
            reader.socket.close()
            self.assertEqual(setup.call('RPUSH', 'list', 'x').value, COUNT + n + 1)

    def test_a_value_whose_time_comes_is_shown_all_the_same(self):
        setup = self.connect()
        fill(setup, b'RPUSH', b'list')
        setup.call('PEXPIRE', 'list', '300')
        reader = SlowReader(self.port, b'LRANGE', b'list', b'0', b'-1')
        while setup.call('EXISTS', 'list').value:
            pass
        setup.call('RPUSH', 'list', 'another one')
        expected = list_reply(range(COUNT))
        self.assertTrue(reader.read(expected[-100:])[0] == expected)
        reader.socket.close()
        self.assertEqual(setup.call('LLEN', 'list').value, 1)

    def test_fields_whose_time_comes_are_shown_all_the_same(self):
        if PEER:
            self.skipTest('HPEXPIRE is of Redis 7.4')
        setup = self.connect()
        fill(setup, b'HSET', b'hash', each=lambda n: (b'%d' % n, text(n)))
        names = [b'%d' % n for n in range(0, COUNT, 7)]
        setup.call('HPEXPIRE', 'hash', '300', 'FIELDS', len(names), *names)
        reader = SlowReader(self.port, b'HVALS', b'hash')
        while setup.call('HEXISTS', 'hash', '7').value:
            pass
        data = reader.read(b'\r\n')[0]
        while data.count(b'\r\n') < COUNT * 2 + 2:
            data += reader.socket.recv(1 << 20)
        self.assertTrue(data.startswith(b'+OK\r\n*%d\r\n' % COUNT))
        lines = data.split(b'\r\n')
        self.assertEqual(sorted(lines[3::2]), [text(n) for n in range(COUNT)])
        reader.socket.close()
        while setup.call('HLEN', 'hash').value > COUNT - len(names):
            pass

    def test_too_much_to_keep_ends_the_client_and_not_the_writer(self):
        if PEER:
            self.skipTest('it keeps replies from their beginning on, and so sends nothing')
        setup = self.connect()
        fill(setup, b'RPUSH', b'list', count=5 * COUNT)
        setup.call('CONFIG', 'SET', 'client-output-buffer-limit', 'normal 3mb 0 0')
        try:
            reader = SlowReader(self.port, b'LRANGE', b'list', b'0', b'-1')
            self.assertEqual(setup.call('RPUSH', 'list', 'x').value, 5 * COUNT + 1)
            data, is_whole = reader.read(text(5 * COUNT - 1) + b'\r\n')
            self.assertFalse(is_whole)
            self.assertTrue(list_reply(range(5 * COUNT)).startswith(data))
            reader.socket.close()
        finally:
            setup.call('CONFIG', 'SET', 'client-output-buffer-limit', 'normal 0 0 0')

    def test_a_reply_that_is_not_heard_is_not_sent(self):
        connection = self.connect()
        fill(connection, b'RPUSH', b'list')
        fill(connection, b'RPUSH', b'list{other}')
        for key in b'list', b'list{other}':
            connection.send(encode([b'CLIENT', b'REPLY', b'SKIP']) + encode([b'LRANGE', key, b'0', b'-1']) +
                            encode([b'ECHO', b'heard']))
            self.assertEqual(connection.read().value, b'heard')

    def test_long_elements_count_with_all_their_bytes(self):
        if PEER:
            self.skipTest('it builds the whole reply')
        setup = self.connect()
        for n in range(300):
            setup.call('RPUSH', 'long', b'%03d' % n + b'x' * 100_000)
        setup.call('CONFIG', 'SET', 'client-output-buffer-limit', 'normal 16mb 0 0')
        try:
            reader = SlowReader(self.port, b'LRANGE', b'long', b'0', b'-1')
            data, is_whole = reader.read(b'299' + b'x' * 100_000 + b'\r\n')
            self.assertTrue(is_whole)
            self.assertEqual(data.count(b'$100003\r\n'), 300)
            reader.socket.close()
        finally:
            setup.call('CONFIG', 'SET', 'client-output-buffer-limit', 'normal 0 0 0')

    def test_clients_that_send_and_do_not_read_keep_nobody_waiting(self):
        setup = self.connect()
        setup.call('SET', 'big', b'x' * 2_000_000)
        readers = [SlowReader(self.port, b'GET', b'big') for _ in range(90)]
        for reader in readers:
            reader.socket.sendall(encode([b'GET', b'big']) * 3)
        self.assertEqual(setup.call('PING').value, b'PONG')
        for reader in readers:
            reader.socket.sendall(encode([b'PING']) * 2400)
        fresh = Connection(self.port, timeout=60)
        self.assertEqual(fresh.call('PING').value, b'PONG')
        fresh.close()
        # Nothing they said is lost, even if they say no more.
        readers[0].socket.shutdown(socket.SHUT_WR)
        data, is_whole = readers[0].read(b'+PONG\r\n' * 2400)
        self.assertTrue(is_whole)
        self.assertEqual(data.count(b'$2000000\r\n'), 4)
        for reader in readers:
            reader.reset()


if __name__ == '__main__':
    main()
