#!/usr/bin/env python3
"""What a snapshot costs those who use the server meanwhile, side by side on the same machine.

    bench/snapshot.py --load BENCHMARK [--keys N] [--rate N] [--rounds N] NAME=COMMAND ...

COMMAND is a command line with {port} and {dir}; BENCHMARK is a valkey-benchmark that knows --rps and --duration. Each
server gets N keys with values of 64 bytes. Then half GET, half SET of random ones run at a fixed rate, first alone and
then during BGSAVE: told are the latencies (two load generators, the worse of them), how long the snapshot took, and how
much more memory the server had at the peak, its children included. Wall-clock time: compare within a run only.
"""
import argparse
import os
import re
import shlex
import socket
import subprocess
import tempfile
import threading
import time

VALUE = 'x' * 64


def encode(*args):
    return b'*%d\r\n' % len(args) + b''.join(b'$%d\r\n%s\r\n' % (len(arg), arg) for arg in args)


class Side:
    def __init__(self, name, command, options):
        self.name, self.options = name, options
        with socket.socket() as probe:
            probe.bind(('127.0.0.1', 0))
            self.port = probe.getsockname()[1]
        self.place = tempfile.TemporaryDirectory(dir=options.place)
        self.process = subprocess.Popen(shlex.split(command.format(port=self.port, dir=self.place.name)),
                                        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        self.fill(options.keys)

    def connect(self):
        while True:
            try:
                return socket.create_connection(('127.0.0.1', self.port))
            except OSError:
                time.sleep(0.05)

    def call(self, *args):
        with self.connect() as conn:
            conn.sendall(encode(*args))
            return conn.recv(65536)

    def fill(self, keys):
        with self.connect() as conn:
            for first in range(0, keys, 1000):
                count = min(1000, keys - first)
                conn.sendall(b''.join(encode(b'SET', b'key:%012d' % (first + i), VALUE.encode()) for i in range(count)))
                got = 0
                while got < 5 * count:
                    got += len(conn.recv(65536))

    def load(self, seconds, what):
        """Runs one load generator; the latencies it tells, in ms by percentile."""
        rate = str(self.options.rate // 2)
        args = [self.options.load, '-p', str(self.port), '-c', '20', '-r', str(self.options.keys), '--rps', rate,
                '--duration', str(seconds), '--precision', '3'] + what
        told = subprocess.run(args, capture_output=True, text=True).stdout
        return sorted((float(at), float(ms)) for at, ms in re.findall(r'([\d.]+)% <= ([\d.]+) milliseconds', told))

    def both(self, seconds):
        """p50, p99 and p99.9 in ms of reads and writes together, of the worse kind."""
        told = {}
        kinds = {'get': ['GET', 'key:__rand_int__'], 'set': ['SET', 'key:__rand_int__', VALUE]}
        threads = [threading.Thread(target=lambda k=kind: told.update({k: self.load(seconds, kinds[k])}))
                   for kind in kinds]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        return [max(next(ms for at, ms in told[kind] if at >= wanted) for kind in kinds) for wanted in (50, 99, 99.9)]

    def memory(self):
        """KiB that the server and its children hold for themselves."""
        total = 0
        children = f'/proc/{self.process.pid}/task/{self.process.pid}/children'
        for pid in [self.process.pid] + [int(child) for child in open(children).read().split()]:
            try:
                rollup = open(f'/proc/{pid}/smaps_rollup').read()
            except OSError:
                continue
            total += int(re.search(r'^Pss:\s+(\d+)', rollup, re.M)[1])
        return total

    def is_saving(self):
        return b'rdb_bgsave_in_progress:1' in self.call(b'INFO', b'persistence')

    def snapshot(self):
        """Runs BGSAVE to its end: its seconds, and how many percent more memory there was at the peak than before."""
        before = peak = self.memory()
        began = time.monotonic()
        self.call(b'BGSAVE')
        while self.is_saving():
            peak = max(peak, self.memory())
            time.sleep(0.02)
        return time.monotonic() - began, (peak / before - 1) * 100

    def round(self):
        alone = self.both(self.options.seconds)
        saved = []
        thread = threading.Thread(target=lambda: (time.sleep(0.3), saved.extend(self.snapshot())))
        thread.start()
        during = self.both(self.options.seconds)
        thread.join()
        print(f'{self.name:8} p50/p99/p99.9 alone {alone[0]:.2f} {alone[1]:.2f} {alone[2]:.2f} ms, with BGSAVE '
              f'{during[0]:.2f} {during[1]:.2f} {during[2]:.2f} ms ({during[2] / alone[2]:.2f}x); '
              f'{saved[0]:.1f} s, memory +{saved[1]:.1f} %', flush=True)

    def stop(self):
        self.process.kill()
        self.process.wait()
        self.place.cleanup()


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('--load', required=True)
    parser.add_argument('--keys', type=int, default=5_000_000)
    parser.add_argument('--rate', type=int, default=20_000, help='requests per second')
    parser.add_argument('--seconds', type=int, default=8, help='of each load')
    parser.add_argument('--rounds', type=int, default=2)
    parser.add_argument('--place', default=os.path.expanduser('~'), help='where the directories of the servers go')
    parser.add_argument('servers', nargs='+', metavar='NAME=COMMAND')
    options = parser.parse_args()
    for server in options.servers:
        side = Side(*server.split('=', 1), options)
        try:
            for _ in range(options.rounds):
                side.round()
        finally:
            side.stop()


if __name__ == '__main__':
    main()
