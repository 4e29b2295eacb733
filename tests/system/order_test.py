#!/usr/bin/env python3
"""pipeline-order = strict: what a pipeline writes on several cores, others see in the order it was sent.

A writer counts up eight keys in the order of their names, round after round, in pipelines. A reader who asks for the
last key first, and for the first one last, in a pipeline as well, must never find a later key ahead of an earlier
one. By default it does, within a few pipelines.
"""
import multiprocessing

from harness import Connection, ServerCase, main
from lib.resp import encode

KEYS = [b'order:%d' % n for n in range(8)]   # they live on several cores
ROUNDS = 60                                  # per pipeline
PIPELINES = 60


def write(port, done):
    connection = Connection(port, timeout=60)
    for pipeline in range(PIPELINES):
        numbers = range(pipeline * ROUNDS, (pipeline + 1) * ROUNDS)
        connection.send(b''.join(encode([b'SET', key, b'%d' % number]) for number in numbers for key in KEYS))
        for _ in range(ROUNDS * len(KEYS)):
            connection.read()
    connection.close()
    done.set()


class Order(ServerCase):
    def test_a_later_write_is_never_seen_before_an_earlier_one(self):
        connection = self.connect()
        for key in KEYS:
            connection.call('SET', key, '0')
        done = multiprocessing.Event()
        writer = multiprocessing.Process(target=write, args=(self.port, done))
        writer.start()
        looks = 0
        while not done.is_set():
            connection.send(b''.join(encode([b'GET', key]) for key in reversed(KEYS)))
            seen = [int(connection.read().value) for _ in KEYS]
            self.assertEqual(seen, sorted(seen))
            looks += 1
        writer.join()
        self.assertEqual(writer.exitcode, 0)
        self.assertGreater(looks, 0)
        self.assertEqual([int(connection.call('GET', key).value) for key in KEYS], [PIPELINES * ROUNDS - 1] * 8)


if __name__ == '__main__':
    main(cores=[2, 4], options=['pipeline-order=strict'])
