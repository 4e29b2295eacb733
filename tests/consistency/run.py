#!/usr/bin/env python3
"""The long form of the prover, `./dev consistency`: every part against servers of several core counts, with figures."""
import argparse
import os
import resource
import sys

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
sys.path.insert(0, os.path.join(ROOT, 'tests', 'wire'))
sys.path.insert(0, os.path.join(ROOT, 'tests', 'consistency'))

from lib.server import Server  # noqa: E402
from prover import FINE, prove  # noqa: E402

GYRE = 'build/release/gyre-server --port {port} --cores {cores} --dir {dir}'
PEER = " --port {port} --dir {dir} --bind 127.0.0.1 --save ''"
# Part, its size, further options, and what the server is started with.
PARTS = [('registers', 1_000_000, ['--kills', '100'], []),
         ('transactions', 100_000, ['--kills', '100'], []),
         ('hunt', 1, ['--seconds', '60', '--kills', '1000'], []),
         ('delivery', 1_000_000, ['--kills', '500'], []),
         ('skew', 100_000, [], []),
         ('skew', 100_000, ['--strict'], ['pipeline-order=strict'])]


def main():
    parser = argparse.ArgumentParser(prog='./dev consistency', description=__doc__,
                                     epilog='Everything else goes to gyre-consistency: --seconds 600, --clients 40 ...')
    parser.add_argument('--part', help='this part alone')
    parser.add_argument('--cores', default='2,4', help='comma-separated core counts (2,4)')
    parser.add_argument('--scale', type=float, default=1.0, help='factor of all sizes')
    parser.add_argument('--seed', default='1')
    parser.add_argument('--server', default=os.path.join(ROOT, GYRE), metavar='CMD', help='default: ' + GYRE)
    parser.add_argument('--peer', metavar='PATH', help='a valkey-server to judge the prover itself')
    options, further = parser.parse_known_args()
    command = options.peer + PEER if options.peer else options.server
    passed = failed = 0
    for cores in [1] if options.peer else map(int, options.cores.split(',')):
        for part, count, more, settings in PARTS:
            if options.part not in (None, part):
                continue
            size = str(max(1, int(count * options.scale)))
            server = Server(command, cores, [] if options.peer else settings)
            try:
                code, output = prove(part, [server.port], '--count', size, '--seed', options.seed, *more, *further)
                died = server.died()
            finally:
                server.stop()
            print(f'== {part}, {cores} core{"s"[:cores > 1]}\n{output}{died or ""}', flush=True)
            failed += code != FINE or died is not None
            passed += code == FINE and died is None
    memory = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
    print(f'the largest process took {memory:.0f} MiB\n{passed} passed, {failed} failed')
    sys.exit(0 if passed and not failed else 1)


if __name__ == '__main__':
    main()
