#!/usr/bin/env python3
"""Kills the server under load, starts it again in the same directory, and looks for every acknowledged write.

    crash_test.py [--kills N] [--seed TEXT] [--policy always,everysec,no] [--cores 1,2,mix]

Clients write unique increasing numbers, some of them over several cores. Afterwards all that was acknowledged or read
must be there, nothing that was never sent, lists in order, and commands over several cores whole or not at all. `mix`
starts with another number of cores each time. Some lives end with SIGTERM instead; databases are emptied now and then,
which begins new files.
"""
import argparse
import os
import random
import signal
import sys
import time

from harness import GYRE, Server

from crash.lanes import Wrong
from crash.world import World
from lib.resp import Closed, Connection, Silent

QUICK = [('always', '1', 4), ('always', '2', 5), ('everysec', '1', 4), ('everysec', '2', 6), ('no', '2', 4),
         ('everysec', 'mix', 4)]


def arguments():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument('--kills', type=int, default=None, help='of each policy and number of cores')
    parser.add_argument('--seed', default=os.environ.get('GYRE_SEED') or str(random.SystemRandom().randrange(10**6)))
    parser.add_argument('--policy', default='always,everysec,no')
    parser.add_argument('--cores', default='1,2,mix')
    return parser.parse_args()


class Run:
    """Lives of a server in one directory."""

    def __init__(self, policy, cores, seed):
        self.cores = cores
        self.chance = random.Random(f'{seed}:{policy}:{cores}')
        self.server = Server(GYRE, self.next_cores(), ['appendonly=yes', f'appendfsync={policy}'])
        self.world = World()
        self.kills = self.stops = 0

    def next_cores(self):
        return self.chance.choice([1, 2, 3]) if self.cores == 'mix' else int(self.cores)

    def disturb(self, seconds):
        """Waits; empties another database meanwhile, which on several cores begins a generation of files."""
        if self.chance.random() < 0.6:
            time.sleep(seconds)
            return
        end = time.monotonic() + seconds
        connection = Connection(self.server.port, timeout=60)
        try:
            connection.call('SELECT', '1')
            while time.monotonic() < end:
                connection.call('SET', 'other', 'value')
                connection.call('FLUSHDB')
                time.sleep(self.chance.uniform(0.001, 0.03))
        finally:
            connection.close()

    def live(self, end):
        if self.chance.random() < 0.15:
            self.server.control.call('FLUSHALL')
            self.world.forget()
        self.world.start(self.server.port, self.chance.random())
        self.disturb(self.chance.uniform(0.02, 0.35))
        self.server.process.send_signal(end)
        self.server.process.wait()
        self.world.join()

    def again(self):
        self.server.control.close()
        self.server.cores = self.next_cores()
        self.server.start()
        self.world.check(self.server.control)

    def go(self, kills):
        while self.kills < kills:
            is_kill = self.chance.random() < 0.85 or self.stops * 4 >= self.kills
            self.live(signal.SIGKILL if is_kill else signal.SIGTERM)
            self.kills, self.stops = self.kills + is_kill, self.stops + (not is_kill)
            self.again()


def files_of(server):
    directory = os.path.join(server.dir, 'appendonlydir')
    return [os.path.join(directory, name) for name in sorted(os.listdir(directory)) if name.endswith('.aof')]


def finds_a_loss(seed):
    """The checker itself: a file that lacks its last batches must be found out."""
    run = Run('everysec', '1', seed)
    try:
        run.live(signal.SIGKILL)
        path = files_of(run.server)[-1]
        os.truncate(path, os.path.getsize(path) // 2)
        run.again()
    except Wrong as wrong:
        return wrong.kind == 'lost'
    finally:
        run.server.stop()
    return False


def main():
    options = arguments()
    plan = QUICK
    if options.kills is not None:
        plan = [(policy, cores, options.kills) for policy in options.policy.split(',')
                for cores in options.cores.split(',')]
    print(f'seed {options.seed}')
    passed = failed = 0
    for policy, cores, kills in plan:
        begin = time.monotonic()
        run = Run(policy, cores, options.seed)
        wrong = ''
        try:
            run.go(kills)
        except (Wrong, SystemExit, Closed, Silent, OSError) as error:
            wrong = f'\nFAILED after {run.kills} kills, files in {run.server.dir}: {error!r}\n{run.server.tail()}'
        print(f'{policy}, {cores} cores: {run.kills} kills, {run.stops} stops, {run.world.acked} acknowledged writes, '
              f'{time.monotonic() - begin:.1f} s{wrong}', flush=True)
        if wrong:
            run.server.stop_process()
        else:
            run.server.stop()
        passed, failed = passed + (not wrong), failed + bool(wrong)
    if finds_a_loss(options.seed):
        passed += 1
    else:
        print('FAILED: a file was cut in half, and nobody noticed')
        failed += 1
    print(f'{passed} passed, {failed} failed')
    return 1 if failed else 0


if __name__ == '__main__':
    sys.exit(main())
