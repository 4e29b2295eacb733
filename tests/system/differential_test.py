#!/usr/bin/env python3
"""Random commands to Gyre (one core and two) and to Redis: the replies must be equal, and so must the keys at the end.

    differential_test.py [--commands N] [--seed TEXT] [--round N] [--only WORD,WORD] [--cores 1,2] [--keep]

Rounds of some hundred commands start from keys of every type; the seed and the number of a round make it again. A
difference is printed as the few commands that lead to it. Needs the redis-server on the PATH; without one it is
skipped.
"""
import argparse
import os
import random
import shutil
import sys

from harness import GYRE, REDIS, Server
from lib.resp import Closed, Malformed, Silent, quote, show
from lib.server import peer_identity

from differential import commands, play, world

ROUND = 400  # commands


def arguments():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument('--commands', type=int, default=30000)
    parser.add_argument('--seed', default='gyre')
    parser.add_argument('--round', type=int, default=None, help='this round alone')
    parser.add_argument('--only', default='', help='commands, with commas')
    parser.add_argument('--cores', default='1,2')
    parser.add_argument('--most', type=int, default=10, help='differences after which it ends')
    return parser.parse_args()


def names_of(server):
    return {row.value[0].value.decode() for row in server.control.call('COMMAND').value}


def names_to_compare(peer, gyre):
    """The commands that both have; each must be in the grammar or be left out with a reason."""
    left_out = {name for names in commands.LEFT_OUT for name in names.split()}
    both = names_of(peer) & names_of(gyre)
    missing = sorted(both - left_out - world.NAMES)
    return both & world.NAMES, missing


def text_of(argv):
    return ' '.join(quote(part, False) for part in argv)


def report(title, this_round, small, found):
    limits = ' '.join(part.decode() for part in this_round.limits)
    print(f'DIFFERENCE in {title}, RESP{this_round.protocol}, {limits}')
    for argv in small[-40:]:
        print('  > ' + text_of(argv))
    print(f'  redis: {show(found.theirs, 2000)}\n  gyre:  {show(found.ours, 2000)}', flush=True)


class Player:
    """Plays rounds on all servers and keeps what was found."""

    def __init__(self, options, names, servers):
        self.options, self.names = options, names
        self.peer, self.gyres = servers[0], servers[1:]
        self.counts = play.Counts()
        self.seen = {}

    def play(self, number):
        """Whether a round went well with every number of cores."""
        this_round = world.Round(self.options.seed, number, ROUND, self.names)
        everything = this_round.commands + list(play.questions())
        theirs = play.run(self.peer, this_round, everything)
        good = True
        for gyre in self.gyres:
            title = f'round {number} of seed {self.options.seed}, cores: {gyre.cores}'
            try:
                found = play.first_difference(everything, theirs, play.run(gyre, this_round, everything),
                                              self.peer.version, self.counts)
            except (Closed, Silent, Malformed) as error:
                print(f'FAILED {title}: {error!r}; {gyre.died()}')
                return False
            if found:
                good = False
                self.tell(title, this_round, everything, found, gyre)
            elif 'dump' in self.names:
                good = self.exchange(title, gyre) and good
        return good

    def exchange(self, title, gyre):
        for giver, taker, way in ((self.peer, gyre, 'to'), (gyre, self.peer, 'from')):
            for key, payload, restored, digests in play.exchange(giver, taker):
                print(f'DIFFERENCE in {title}: DUMP {way} gyre of {quote(key, False)}: {show(payload)}, '
                      f'{show(restored)}, {show(digests)}')
                self.seen['dump', way, key[:3]] = 1
                return False
        return True

    def tell(self, title, this_round, everything, found, gyre):
        kind = found.kind()
        self.seen[kind] = self.seen.get(kind, 0) + 1
        if self.seen[kind] == 1:
            small, found = play.shrink(this_round, everything, found, self.peer, gyre)
            report(title, this_round, small, found)


def main():
    options = arguments()
    redis = os.environ.get('GYRE_PEER') or shutil.which('redis-server')
    if not redis:
        print('differential: no redis-server on the PATH, nothing to compare with\n0 passed, 0 failed, 1 skipped')
        return 0
    servers = []
    try:
        servers.append(Server(redis + REDIS, 1, []))
        servers[0].version = peer_identity(redis)[1]
        servers += [Server(GYRE, int(cores), []) for cores in options.cores.split(',')]
        names, missing = names_to_compare(servers[0], servers[1])
        if missing:
            print(f'no line in the grammar for: {" ".join(missing)}')
        if options.only:
            names &= set(options.only.split(','))
        print(f'seed {options.seed}, {len(names)} commands in the grammar')
        player = Player(options, names, servers)
        numbers = [options.round] if options.round is not None else range(-(-options.commands // ROUND))
        passed = failed = 0
        for number in numbers:
            good = player.play(number)
            passed, failed = passed + good, failed + (not good)
            if len(player.seen) >= options.most:
                break
    finally:
        for server in servers:
            server.stop()
    counts = player.counts
    for why, times in sorted(counts.excepted.items()):
        print(f'meant to differ, {times} times: {why}')
    print(f'{counts.commands} replies compared, {sum(counts.errors.values())} of them errors')
    print(f'{passed} passed, {failed + bool(missing)} failed')
    return 1 if failed or missing else 0


if __name__ == '__main__':
    sys.exit(main())
