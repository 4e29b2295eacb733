#!/usr/bin/env python3
"""CPU time of the server per delivered message of PUBLISH, beside a peer on the same machine.

    bench/publish.py [--subscribers N] [--size BYTES] [--messages N] [--pipeline N] [--rounds N] [--resp3] SERVER PEER

SERVER and PEER are command lines with {port}, such as "build/release/gyre-server --cores 1 --port {port}" and
"valkey-server --save '' --port {port}". Both run at the same time and are driven in turns: a round publishes its
messages one after the other (or so many in one write), each when all subscribers have got those before. What a round
costs is read from the schedstat of the server's threads; the ratio is that of the medians of all rounds.
"""
import argparse
import glob
import resource
import select
import shlex
import socket
import statistics
import subprocess
import tempfile
import time

CHANNEL = b'news'


def encode(*args):
    return b'*%d\r\n' % len(args) + b''.join(b'$%d\r\n%s\r\n' % (len(arg), arg) for arg in args)


def connect(port):
    conn = socket.create_connection(('127.0.0.1', port))
    conn.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return conn


class Side:
    """A server with its subscribers and the one who publishes."""

    def __init__(self, command, options):
        self.options = options
        with socket.socket() as probe:
            probe.bind(('127.0.0.1', 0))
            self.port = probe.getsockname()[1]
        self.dir = tempfile.TemporaryDirectory()
        self.process = subprocess.Popen(shlex.split(command.format(port=self.port)), cwd=self.dir.name,
                                        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        self.publisher = self.wait_for_server()
        self.epoll = select.epoll()
        self.subscribers = {}
        for _ in range(options.subscribers):
            conn = connect(self.port)
            hello = encode(b'HELLO', b'3') if options.resp3 else b''
            conn.sendall(hello + encode(b'SUBSCRIBE', CHANNEL))
            got = b''
            while not got.endswith(b'$4\r\n' + CHANNEL + b'\r\n:1\r\n'):
                got += conn.recv(65536)
            conn.setblocking(False)
            self.subscribers[conn.fileno()] = conn
            self.epoll.register(conn.fileno(), select.EPOLLIN)
        self.publish = encode(b'PUBLISH', CHANNEL, b'x' * options.size) * options.pipeline
        self.frame_size = len(encode(b'message', CHANNEL, b'x' * options.size))
        self.costs = []

    def wait_for_server(self):
        while True:
            try:
                return connect(self.port)
            except ConnectionRefusedError:
                if self.process.poll() is not None:
                    raise SystemExit('a server ended at once') from None
                time.sleep(0.05)

    def cpu_ns(self):
        total = 0
        for path in glob.glob(f'/proc/{self.process.pid}/task/*/schedstat'):
            with open(path, encoding='ascii') as file:
                total += int(file.read().split()[0])
        return total

    def deliver(self, count):
        """Publishes so many messages, a pipeline at a time, and takes all of them."""
        answer = b':%d\r\n' % self.options.subscribers * self.options.pipeline
        for _ in range(count // self.options.pipeline):
            self.publisher.sendall(self.publish)
            left = self.frame_size * self.options.subscribers * self.options.pipeline
            while left > 0:
                for fd, _ in self.epoll.poll():
                    left -= len(self.subscribers[fd].recv(1 << 20))
            got = b''
            while len(got) < len(answer):
                got += self.publisher.recv(65536)
            if got != answer or left != 0:
                raise SystemExit(f'unexpected answer: {got[:80]!r}, {left} bytes left')

    def round(self):
        before = self.cpu_ns()
        self.deliver(self.options.messages)
        self.costs.append((self.cpu_ns() - before) / (self.options.messages * self.options.subscribers))

    def stop(self):
        self.process.terminate()
        self.process.wait()
        self.dir.cleanup()


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('--subscribers', type=int, default=1000)
    parser.add_argument('--size', type=int, default=32, help='bytes of a message')
    parser.add_argument('--messages', type=int, default=64, help='in a round')
    parser.add_argument('--pipeline', type=int, default=1, help='messages in one write')
    parser.add_argument('--rounds', type=int, default=9)
    parser.add_argument('--resp3', action='store_true', help='subscribers speak RESP3')
    parser.add_argument('servers', nargs=2, metavar='SERVER')
    options = parser.parse_args()
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    sides = []
    try:
        for command in options.servers:
            sides.append(Side(command, options))
        for side in sides:
            side.deliver(options.messages)
        for _ in range(options.rounds):
            for side in sides:
                side.round()
    finally:
        for side in sides:
            side.stop()
    medians = [statistics.median(side.costs) for side in sides]
    for command, side, median in zip(options.servers, sides, medians):
        print(f'{median:7.0f} ns of CPU per delivery (of {min(side.costs):.0f} to {max(side.costs):.0f})  {command}')
    print(f'{medians[0] / medians[1]:7.2f} times the peer')


if __name__ == '__main__':
    main()
