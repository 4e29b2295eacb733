#!/usr/bin/env python3
"""CPU time of servers per request, or per transaction, side by side on the same machine.

    bench/requests.py [--rounds N] [--requests N] [--clients N] [--batch N] WORK NAME=COMMAND ...

COMMAND is a command line with {port}, such as gyre="build/release/gyre-server --cores 2 --port {port}". All servers run
at the same time and are driven in turns with the same bytes; what a round costs is read from the schedstat of the
server's threads, and the ratio is that of the medians, to the first server.

WORK: mget, mset (ten random keys of a million), multi (five SETs of keys with one hash tag, as one piece), multi-spread
(five SETs of any keys), get, all. --batch so many requests leave in one write.
"""
import argparse
import glob
import random
import selectors
import shlex
import socket
import statistics
import subprocess
import tempfile
import time

KEYS = 1000000


def encode(*args):
    return b'*%d\r\n' % len(args) + b''.join(b'$%d\r\n%s\r\n' % (len(arg), arg) for arg in args)


def key(rng):
    return b'key:%012d' % rng.randrange(KEYS)


def transaction(keys):
    return encode(b'MULTI') + b''.join(encode(b'SET', k, b'x' * 64) for k in keys) + encode(b'EXEC')


def request(work, rng):
    """The bytes of one request."""
    if work == 'get':
        return encode(b'GET', key(rng))
    if work == 'mget':
        return encode(b'MGET', *[key(rng) for _ in range(10)])
    if work == 'mset':
        return encode(b'MSET', *[part for _ in range(10) for part in (key(rng), b'x' * 64)])
    if work == 'multi-spread':
        return transaction([key(rng) for _ in range(5)])
    tag = rng.randrange(1000)
    return transaction([b'key:{%d}:%d' % (tag, number) for number in range(5)])


# Bytes of a reply: all keys exist and hold 64 bytes.
BULK = len(b'$64\r\n') + 64 + 2
REPLY = {'get': BULK, 'mget': len(b'*10\r\n') + 10 * BULK, 'mset': len(b'+OK\r\n')}
REPLY['multi'] = REPLY['multi-spread'] = len(b'+OK\r\n' + b'+QUEUED\r\n' * 5 + b'*5\r\n' + b'+OK\r\n' * 5)


def cpu_ns(pid):
    return sum(int(open(path).read().split()[0]) for path in glob.glob(f'/proc/{pid}/task/*/schedstat'))


class Side:
    def __init__(self, name, command):
        self.name, self.costs = name, []
        with socket.socket() as probe:
            probe.bind(('127.0.0.1', 0))
            self.port = probe.getsockname()[1]
        self.process = subprocess.Popen(shlex.split(command.format(port=self.port)), cwd=tempfile.mkdtemp(),
                                        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        while not self.answers():
            time.sleep(0.05)

    def answers(self):
        try:
            with socket.create_connection(('127.0.0.1', self.port), 1) as conn:
                conn.sendall(b'PING\r\n')
                return conn.recv(16).startswith(b'+PONG')
        except OSError:
            return False

    def fill(self):
        with socket.create_connection(('127.0.0.1', self.port)) as conn:
            for first in range(0, KEYS, 1000):
                keys = range(first, first + 1000)
                conn.sendall(b''.join(encode(b'SET', b'key:%012d' % k, b'x' * 64) for k in keys))
                left = 1000 * 5
                while left > 0:
                    left -= len(conn.recv(left))

    def run(self, pieces, clients, size):
        """Sends the pieces over all clients, one under way on each; every one is answered with `size` bytes."""
        select = selectors.DefaultSelector()
        pending = iter(pieces)
        open_now = 0
        for _ in range(clients):
            conn = socket.create_connection(('127.0.0.1', self.port))
            conn.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            select.register(conn, selectors.EVENT_READ, [0])
        before = cpu_ns(self.process.pid)
        for entry in list(select.get_map().values()):
            piece = next(pending, None)
            if piece is not None:
                entry.fileobj.sendall(piece)
                open_now += 1
        while open_now > 0:
            for entry, _ in select.select():
                entry.data[0] += len(entry.fileobj.recv(1 << 16))
                if entry.data[0] < size:
                    continue
                assert entry.data[0] == size, 'a reply of another size'
                entry.data[0] = 0
                piece = next(pending, None)
                if piece is None:
                    open_now -= 1
                else:
                    entry.fileobj.sendall(piece)
        cost = cpu_ns(self.process.pid) - before
        for entry in list(select.get_map().values()):
            entry.fileobj.close()
        return cost


def measure(work, sides, options):
    for side in sides:
        side.costs = []
    for turn in range(options.rounds):
        rng = random.Random(turn)
        requests = [request(work, rng) for _ in range(options.requests)]
        pieces = [b''.join(requests[i:i + options.batch]) for i in range(0, len(requests), options.batch)]
        for side in sides if turn % 2 == 0 else reversed(sides):
            side.costs.append(side.run(pieces, options.clients, options.batch * REPLY[work]) / options.requests / 1000)
    base = statistics.median(sides[0].costs)
    for side in sides:
        cost = statistics.median(side.costs)
        print(f'{work:14}{side.name:12}{cost:9.3f} us/request{cost / base:8.2f}', flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('--rounds', type=int, default=5)
    parser.add_argument('--requests', type=int, default=20000)
    parser.add_argument('--clients', type=int, default=50)
    parser.add_argument('--batch', type=int, default=1)
    parser.add_argument('work', choices=['mget', 'mset', 'multi', 'multi-spread', 'get', 'all'])
    parser.add_argument('servers', nargs='+', metavar='NAME=COMMAND')
    options = parser.parse_args()
    options.requests -= options.requests % options.batch
    sides = [Side(*server.split('=', 1)) for server in options.servers]
    try:
        for side in sides:
            side.fill()
        for work in ['mget', 'mset', 'multi', 'multi-spread'] if options.work == 'all' else [options.work]:
            measure(work, sides, options)
    finally:
        for side in sides:
            side.process.kill()
            side.process.wait()


if __name__ == '__main__':
    main()
