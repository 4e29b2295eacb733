#!/usr/bin/env python3
"""How long a blocking pop takes from the push to the answer, side by side on the same machine.

    bench/handover.py [--rounds N] [--handovers N] NAME=COMMAND ...

COMMAND is a command line with {port}. One client waits in BLPOP, another pushes, and the time from before the push to
the answer of the pop is noted; servers take turns, so that the neighbours of the machine disturb all of them alike.
Wall-clock time: compare within a run only.
"""
import argparse
import shlex
import socket
import statistics
import subprocess
import tempfile
import time


def encode(*args):
    return b'*%d\r\n' % len(args) + b''.join(b'$%d\r\n%s\r\n' % (len(arg), arg) for arg in args)


class Side:
    def __init__(self, name, command):
        self.name, self.times = name, []
        with socket.socket() as probe:
            probe.bind(('127.0.0.1', 0))
            port = probe.getsockname()[1]
        self.process = subprocess.Popen(shlex.split(command.format(port=port)), cwd=tempfile.mkdtemp(),
                                        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        self.waiter = self.connect(port)
        self.pusher = self.connect(port)

    @staticmethod
    def connect(port):
        while True:
            try:
                conn = socket.create_connection(('127.0.0.1', port))
                conn.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                return conn
            except OSError:
                time.sleep(0.05)

    def hand_over(self, count):
        for number in range(count):
            key = b'list:%d' % (number % 64)
            self.waiter.sendall(encode(b'BLPOP', key, b'0'))
            time.sleep(0.0002)  # until it waits
            began = time.perf_counter_ns()
            self.pusher.sendall(encode(b'RPUSH', key, b'x'))
            answer = self.waiter.recv(4096)
            self.times.append(time.perf_counter_ns() - began)
            assert answer.startswith(b'*2') and self.pusher.recv(4096) == b':1\r\n'


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('--rounds', type=int, default=20)
    parser.add_argument('--handovers', type=int, default=500, help='in a round')
    parser.add_argument('servers', nargs='+', metavar='NAME=COMMAND')
    options = parser.parse_args()
    sides = [Side(*server.split('=', 1)) for server in options.servers]
    try:
        for turn in range(options.rounds):
            for side in sides if turn % 2 == 0 else reversed(sides):
                side.hand_over(options.handovers)
    finally:
        for side in sides:
            side.process.kill()
            side.process.wait()
    for side in sides:
        cuts = [cut / 1000 for cut in statistics.quantiles(side.times, n=100)]
        print(f'{side.name:12} p50 {cuts[49]:8.1f} us   p99 {cuts[98]:8.1f} us')


if __name__ == '__main__':
    main()
