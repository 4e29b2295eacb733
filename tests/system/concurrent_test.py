#!/usr/bin/env python3
"""Sixteen clients at once over keys of every core: no update is lost, no half of an MSET or RENAME is seen.

Every client is a process of its own and logs what it was answered; the checks look at all logs together. The
checker stops at counts, never at times.
"""
import multiprocessing
import os
import random

from harness import Connection, CORES, PEER, ServerCase, main
from lib.resp import encode

CLIENTS = 16
MANY = [b'member:%d' % n for n in range(400)]  # more than a small set holds
WIDE = [b'wide:%d' % n for n in range(8)]      # eight keys without a tag: they live on several cores


def client(work, port, index, count, seed, results, start):
    """One process: its answer, or the exception that ended it."""
    try:
        connection = Connection(port, timeout=60)
        start.wait(timeout=60)
        results.put((index, work(connection, index, count, random.Random(seed * CLIENTS + index)), None))
        connection.close()
    except Exception as error:  # told by the parent, which knows the test
        results.put((index, None, f'{type(error).__name__}: {error}'))


def pipeline(connection, requests):
    connection.send(b''.join(encode(request) for request in requests))
    return [connection.read() for _ in requests]


def value(reply):
    if reply.kind == '-':
        raise RuntimeError(reply.value.decode())
    return reply.value


def values(reply):
    return tuple(item.value for item in value(reply))


def count_up(connection, index, count, rng):
    """INCR alone and in pipelines, over 20 counters: every answer by counter."""
    seen = {}
    done = 0
    while done < count:
        size = min(rng.choice([1, 1, 7, 30]), count - done)
        keys = [b'counter:%d' % rng.randrange(20) for _ in range(size)]
        for key, reply in zip(keys, pipeline(connection, [[b'INCR', key] for key in keys])):
            seen.setdefault(key, []).append(value(reply))
        done += size
    return seen


def claim(connection, index, count, rng):
    """SETNX of the same keys by everybody: the keys this client won."""
    order = list(range(count))
    rng.shuffle(order)
    won = []
    for start in range(0, count, 10):
        part = order[start:start + 10]
        requests = [[b'SETNX', b'claim:%d' % n, b'%d' % index] for n in part]
        won += [n for n, reply in zip(part, pipeline(connection, requests)) if value(reply) == 1]
    return won


def claim_wide(connection, index, count, rng):
    """MSETNX of groups of keys of several cores: the groups this client won."""
    won = []
    for n in range(count):
        request = [b'MSETNX']
        for key in range(5):
            request += [b'group:%d:%d' % (n, key), b'%d' % index]
        if value(connection.call(*request)) == 1:
            won.append(n)
    return won


def write_or_read_wide(connection, index, count, rng):
    """Half the clients MSET one value to all wide keys, the others MGET: what they saw uneven."""
    torn = []
    for n in range(count):
        keys = rng.sample(WIDE, len(WIDE))
        if index % 2:
            token = b'%d:%d' % (index, n)
            requests = [[b'MSET'] + [part for key in keys for part in (key, token)]]
            if n % 3 == 0:
                requests.append([b'MGET'] + keys)
        else:
            requests = [[b'MGET'] + keys] * rng.choice([1, 3])
        for request, reply in zip(requests, pipeline(connection, requests)):
            if request[0] == b'MGET' and len(set(values(reply))) != 1:
                torn.append(values(reply))
            value(reply)
    return torn


def come_and_go(connection, index, count, rng):
    """MSET, DEL, FLUSHDB and EXISTS of all wide keys: counts that are neither none nor all."""
    torn = []
    for n in range(count):
        keys = rng.sample(WIDE, len(WIDE))
        act = rng.randrange(8)
        if act < 3:
            value(connection.call(b'MSET', *[part for key in keys for part in (key, b'x')]))
        elif act < 5:
            number = value(connection.call(rng.choice([b'DEL', b'UNLINK']), *keys))
            torn += [number] if number not in (0, len(WIDE)) else []
        elif act == 5:
            value(connection.call(b'FLUSHDB'))
        else:
            number = value(connection.call(rng.choice([b'EXISTS', b'TOUCH']), *keys))
            torn += [number] if number not in (0, len(WIDE)) else []
    return torn


def pass_on(connection, index, count, rng):
    """One key is renamed around names on several cores: sights of none or two of it."""
    torn = []
    for n in range(count):
        if index % 2:
            connection.call(b'RENAME', b'ball:%d' % rng.randrange(6), b'ball:%d' % rng.randrange(6))
        else:
            names = [b'ball:%d' % n for n in range(6)]
            rng.shuffle(names)
            number = value(connection.call(b'EXISTS', *names))
            torn += [number] if number != 1 else []
    return torn


def append_tokens(connection, index, count, rng):
    """APPEND of numbered tokens to shared keys: the lengths that were answered."""
    lengths = {}
    for n in range(count):
        key = b'log:%d' % (n % 5)
        reply = connection.call(b'APPEND', key, b'%02d.%05d;' % (index, n))
        lengths.setdefault(key, []).append(value(reply))
    return lengths


def hand_over(connection, index, count, rng):
    """GETSET, GETDEL with SET GET: every value put in, every value got out."""
    put, got = [], []
    for n in range(count):
        key = b'hand:%d' % rng.randrange(8)
        if rng.randrange(4) == 0:
            old = value(connection.call(b'GETDEL', key))
        else:
            token = b'%d:%d' % (index, n)
            put.append(token)
            swap = [b'GETSET', key, token] if n % 2 else [b'SET', key, token, b'GET']
            old = value(connection.call(*swap))
        if old is not None:
            got.append(old)
    return put, got


def watch_grow(connection, index, count, rng):
    """Counters seen by GET and MGET on one connection never go back."""
    last, back = {}, []
    keys = [b'grow:%d' % n for n in range(8)]
    for n in range(count):
        if index % 2:
            value(connection.call(b'INCRBY', rng.choice(keys), b'3'))
            continue
        some = rng.sample(keys, 4)
        for key, number in zip(some, values(connection.call(b'MGET', *some))):
            if int(number or 0) < last.get(key, 0):
                back.append((key, last[key], number))
            last[key] = int(number or 0)
    return back


def swap_databases(connection, index, count, rng):
    """SWAPDB of a full database with an empty one: MGET sees all keys or none."""
    torn = []
    for n in range(count):
        if index == 0:
            value(connection.call(b'SWAPDB', b'0', b'1'))
        else:
            seen = set(values(connection.call(b'MGET', *rng.sample(WIDE, len(WIDE)))))
            torn += [seen] if len(seen) != 1 else []
    return torn


def combine_sets(connection, index, count, rng):
    """Large sets of the same members are made, expire and are deleted while others combine them: sizes and scores
    that no whole sets have."""
    torn = []
    for n in range(count):
        keys = [b'many:%d' % key for key in rng.sample(range(6), 3)]
        act = rng.randrange(4)
        if index % 2 == 0:
            change = rng.choice([[b'DEL', keys[0]], [b'PEXPIRE', keys[0], b'%d' % rng.randrange(1, 4)]])
            for reply in pipeline(connection, [[b'SADD', keys[0]] + MANY, change]):
                value(reply)
        elif act == 0:
            size = value(connection.call(b'SINTERCARD', b'2', *keys[:2]))
            torn += [size] if size not in (0, len(MANY)) else []
        elif act == 1:
            size = value(connection.call(b'SUNIONSTORE', b'all:%d' % index, *keys))
            torn += [size] if size not in (0, len(MANY)) else []
        elif act == 2:
            size = len(values(connection.call(rng.choice([b'SDIFF', b'SINTER']), *keys)))
            torn += [size] if size not in (0, len(MANY)) else []
        else:
            scores = values(connection.call(b'ZUNION', b'3', *keys, b'WITHSCORES'))[1::2]
            torn += [scores] if len(scores) not in (0, len(MANY)) or len(set(scores)) > 1 else []
    return torn


def keep_place(connection, index, count, rng):
    """Some clients send an MSET of two keys of one core and a SET in one pipeline, in either order; who sees the effect
    of the later one, but not that of the earlier."""
    early = []
    for n in range(1, count):
        pair = rng.randrange(4) * 4 + (index if index < 4 else rng.randrange(4))
        one, two, three = b'place:%d' % pair, b'{spot:%d}a' % pair, b'{spot:%d}b' % pair
        if index < 4:
            number = b'%d' % n
            requests = [[b'MSET', two, number, three, number], [b'SET', one, number]]
            pipeline(connection, requests if pair % 2 else requests[::-1])
            continue
        first, last = (two, one) if pair % 2 else (one, two)
        later, earlier = (int(number or 0) for number in values(connection.call(b'MGET', last, first)))
        early += [(later, earlier)] if earlier < later else []
    return early


def pass_around(connection, index, count, rng):
    """BLMOVE between lists of one core and of several; most of them are empty most of the time."""
    for _ in range(count):
        lists = rng.sample([b'{%d}around:%d' % (n % 3, n) for n in range(6)], 2)
        ends = [rng.choice([b'LEFT', b'RIGHT']) for _ in range(2)]
        value(connection.call(b'BLMOVE', *lists, *ends, b'0.01'))
    return []


class Concurrent(ServerCase):
    def all_clients(self, work, count):
        """The answers of sixteen processes, by client."""
        seed = int(os.environ.get('GYRE_SEED', '7'))
        results, start = multiprocessing.Queue(), multiprocessing.Barrier(CLIENTS)
        clients = [multiprocessing.Process(
            target=client, args=(work, self.port, index, count, seed, results, start))
            for index in range(CLIENTS)]
        for process in clients:
            process.start()
        answers = [results.get(timeout=120) for _ in clients]
        for process in clients:
            process.join()
        for index, _, error in answers:
            self.assertIsNone(error, f'client {index} (seed {seed})')
        return [answer for _, answer, _ in sorted(answers, key=lambda item: item[0])]

    def test_no_incr_is_lost_or_counted_twice(self):
        answers = self.all_clients(count_up, 1000)
        connection = self.connect()
        total = 0
        for number in range(20):
            key = b'counter:%d' % number
            replies = sorted(reply for seen in answers for reply in seen.get(key, []))
            self.assertEqual(replies, list(range(1, len(replies) + 1)))
            self.assertEqual(int(value(connection.call('GET', key)) or 0), len(replies))
            total += len(replies)
        self.assertEqual(total, CLIENTS * 1000)

    def test_setnx_has_one_winner(self):
        answers = self.all_clients(claim, 300)
        connection = self.connect()
        for number in range(300):
            winners = [index for index, won in enumerate(answers) if number in won]
            self.assertEqual(len(winners), 1, f'claim:{number} was won by {winners}')
            self.assertEqual(value(connection.call('GET', f'claim:{number}')), b'%d' % winners[0])

    def test_msetnx_over_cores_has_one_winner(self):
        answers = self.all_clients(claim_wide, 150)
        connection = self.connect()
        for number in range(150):
            winners = [index for index, won in enumerate(answers) if number in won]
            self.assertEqual(len(winners), 1, f'group:{number} was won by {winners}')
            group = values(connection.call('MGET', *[f'group:{number}:{key}' for key in range(5)]))
            self.assertEqual(set(group), {b'%d' % winners[0]})

    def test_no_half_of_an_mset_is_seen(self):
        self.connect().call('MSET', *[part for key in WIDE for part in (key, b'first')])
        for torn in self.all_clients(write_or_read_wide, 400):
            self.assertEqual(torn, [])

    def test_keys_come_and_go_together(self):
        for torn in self.all_clients(come_and_go, 300):
            self.assertEqual(torn, [])

    def test_a_renamed_key_is_always_somewhere(self):
        self.connect().call('SET', 'ball:0', 'x')
        for torn in self.all_clients(pass_on, 400):
            self.assertEqual(torn, [])

    def test_no_append_is_lost_or_torn(self):
        answers = self.all_clients(append_tokens, 200)
        connection = self.connect()
        for number in range(5):
            key = b'log:%d' % number
            text = value(connection.call('GET', key))
            self.assertEqual(sorted(length for seen in answers for length in seen[key]),
                             list(range(9, len(text) + 1, 9)))
            tokens = text.decode().split(';')[:-1]
            for index in range(CLIENTS):
                mine = [token for token in tokens if token.startswith(f'{index:02d}.')]
                self.assertEqual(mine, [f'{index:02d}.{n:05d}' for n in range(number, 200, 5)])

    def test_every_value_is_handed_over_once(self):
        answers = self.all_clients(hand_over, 300)
        connection = self.connect()
        left = [value(connection.call('GET', f'hand:{number}')) for number in range(8)]
        put = sorted(token for mine, _ in answers for token in mine)
        got = sorted([token for _, mine in answers for token in mine] +
                     [token for token in left if token is not None])
        self.assertEqual(put, got)

    def test_a_connection_never_sees_a_counter_go_back(self):
        for back in self.all_clients(watch_grow, 400):
            self.assertEqual(back, [])

    def test_swapdb_swaps_all_cores_at_once(self):
        self.connect().call('MSET', *[part for key in WIDE for part in (key, b'x')])
        for torn in self.all_clients(swap_databases, 200):
            self.assertEqual(torn, [])

    def test_a_command_with_two_keys_keeps_its_place_in_a_pipeline(self):
        for early in self.all_clients(keep_place, 600):
            self.assertEqual(early, [])

    def test_what_is_passed_around_by_blmove_stays_what_it_was(self):
        connection = self.connect()
        tokens = [b'%d' % n for n in range(8)]
        value(connection.call(b'RPUSH', b'{0}around:0', *tokens))
        self.all_clients(pass_around, 800)
        left = [token for n in range(6) for token in
                values(connection.call(b'LRANGE', b'{%d}around:%d' % (n % 3, n), b'0', b'-1'))]
        self.assertEqual(sorted(left), tokens)

    def test_sets_are_combined_whole(self):
        for torn in self.all_clients(combine_sets, 150):
            self.assertEqual(torn, [])


if __name__ == '__main__':
    main(cores=CORES if PEER or 'GYRE_CORES' in os.environ else [1, 2, 4])
