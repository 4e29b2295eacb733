#!/usr/bin/env python3
"""File operations that fail, and crashes between any two of them: nothing that was acknowledged is lost.

    fault_test.py [--all] [--seed TEXT] [--policy always,everysec] [--action eio,...] [--story run,start,adopt]

A story is a life of the server that does everything files are touched for. It is told again and again, and each time
the next operation fails (EIO, ENOSPC, half of it), or the process ends in front of it or in its midst, until the story
ends without that (GYRE_FAULTS, see src/ring/faults.h). Every failpoint of the sources is a place to end, too. A healthy
start must find what was acknowledged. Without --all some of the operations are drawn by chance.
"""
import argparse
import glob
import os
import random
import re
import shutil
import signal
import sys
import tempfile
import time

from harness import GYRE, ROOT
from lib.resp import Closed, Connection, Malformed, Silent, encode
from lib.server import Server

CORES = 2
# By slot: on two cores these belong to different ones.
TAGS = ('{b}', '{a}')
ACTIONS = ('crash', 'tear', 'eio', 'enospc', 'short')
CRASH_STATUS = 86
PATIENCE = 600  # seconds without an answer: it hangs
SAMPLES = 4  # of the operations of each story, action and policy, without --all


class Failed(Exception):
    pass


class Gone(Exception):
    """The connection has ended."""


def expect(is_good, text):
    if not is_good:
        raise Failed(text)


class Counters:
    """What was written: counters that only grow. Found must be what was acknowledged, or sent later."""

    def __init__(self):
        self.acked, self.sent = {}, {}

    def keys(self):
        return list(self.sent)

    def bump(self, client, keys):
        """All of them by one command; False if it was refused."""
        value = max(self.sent.get(key, 0) for key in keys) + 1
        if len(keys) == 1:
            argv = ['SET', keys[0], str(value)]
        else:
            argv = ['MSET', *(part for key in keys for part in (key, str(value)))]
        before = {key: self.sent.get(key, 0) for key in keys}
        for key in keys:
            self.sent[key] = value
        reply = client.call(*argv)
        if reply.kind == '-':
            expect(reply.value.startswith(b'MISCONF'), f'{argv[0]} was answered {reply.value}')
            self.sent.update(before)  # it has not run
            return False
        for key in keys:
            self.acked[key] = value
        return True

    def check(self, call):
        for key in self.keys():
            found = int(call('GET', key).value or 0)
            expect(self.acked.get(key, 0) <= found <= self.sent[key],
                   f'{key} is {found}; {self.acked.get(key, 0)} was acknowledged, {self.sent[key]} sent')
            self.acked[key] = self.sent[key] = found
        pairs = [key for key in self.keys() if key.startswith('pair') and key.endswith(TAGS[0])]
        for key in pairs:
            other = key.replace(TAGS[0], TAGS[1])
            expect(self.sent[key] == self.sent[other], f'half an MSET: {key} {self.sent[key]}, {self.sent[other]}')


class Client:
    """One connection at a time; a new one when the server has closed it and is still there."""

    def __init__(self, server):
        self.server = server
        self.connection = server.control
        self.connection.timeout = PATIENCE

    def call(self, *argv):
        try:
            return self.connection.call(*argv)
        except (Closed, OSError) as error:
            raise Gone from error

    def again(self):
        """A new connection; False if the server is gone."""
        self.connection.close()
        deadline = time.monotonic() + 0.2
        while self.server.process.poll() is None:
            try:
                self.connection = self.server.control = Connection(self.server.port, timeout=PATIENCE)
                return True
            except OSError:
                if time.monotonic() > deadline and self.server.process.poll() is not None:
                    return False
        return False


class Life:
    def __init__(self, server, counters):
        self.server, self.counters = server, counters
        self.client = Client(server)
        self.flushed = None  # a key that FLUSHDB may have taken, or has for certain

    def step(self, function, *arguments):
        """Runs a step to its end however often the connection is closed; False if the server is gone."""
        try:
            return function(*arguments) is not False
        except Gone:
            return self.client.again()

    def write(self, rounds):
        for number in range(rounds):
            for keys in ([f'n{number % 3}{TAGS[0]}'], [f'n{number % 3}{TAGS[1]}'], ['pair' + tag for tag in TAGS]):
                if not self.step(lambda: self.counters.bump(self.client, keys) or True):
                    return False
        return True

    def background(self, command, field):
        def run():
            self.client.call(command)
            while field in bytes(self.client.call('INFO', 'persistence').value):
                time.sleep(0.001)
        return self.step(run)

    def flush(self):
        """FLUSHDB begins new files, on all cores."""
        def run():
            self.client.call('SELECT', '1')
            is_set = self.client.call('SET', 'gone', '1').kind == '+'
            self.flushed = 'perhaps' if is_set else self.flushed
            if self.client.call('FLUSHDB').kind == '+' and is_set:
                self.flushed = 'certain'
            self.client.call('SELECT', '0')
        return self.step(run)

    def heal(self):
        """Until writes are taken again."""
        while self.server.process.poll() is None:
            try:
                if self.counters.bump(self.client, ['healed' + TAGS[0]]):
                    return
            except Gone:
                self.client.again()
            time.sleep(0.01)

    def check(self):
        call = self.server.control.call
        self.counters.check(call)
        call('SELECT', '1')
        found = call('GET', 'gone').value
        expect(self.flushed != 'certain' or found is None, 'what FLUSHDB has taken is back')
        call('SELECT', '0')


def run_story(life):
    """Everything that touches files while the server runs."""
    return (life.write(3) and life.background('BGREWRITEAOF', b'aof_rewrite_in_progress:1') and life.write(3)
            and life.flush() and life.write(2) and life.background('BGSAVE', b'rdb_bgsave_in_progress:1')
            and life.background('BGREWRITEAOF', b'aof_rewrite_in_progress:1') and life.write(2))


def start_story(life):
    """The start itself is what matters, on a directory that a crash has left."""
    return life.write(2)


def tear_ends(directory):
    for path in glob.glob(os.path.join(directory, 'appendonlydir', '*.incr.aof')):
        with open(path, 'ab') as file:
            file.write(b'*3\r\n$3\r\nSET\r\n$')


class Story:
    """A story with the directory it begins in, and what that holds."""

    def __init__(self, name, options, tell):
        self.name, self.options, self.tell = name, options, tell
        self.begin = tempfile.mkdtemp(prefix='gyre-fault-')
        self.counters = Counters()
        shutil.rmtree(self.begin)
        getattr(self, 'prepare_' + name)()

    def server_at(self, options, directory=None):
        server = Server(GYRE, CORES, options)
        if directory:
            kill(server)
            shutil.rmtree(server.dir)
            shutil.copytree(directory, server.dir)
        return server

    def prepare_run(self):
        os.makedirs(self.begin)

    def prepare_start(self):
        def fill(life):
            life.write(3)
            life.background('BGREWRITEAOF', b'aof_rewrite_in_progress:1')
            life.write(3)
        self.prepare(['appendonly=yes', 'save='], fill)
        tear_ends(self.begin)

    def prepare_adopt(self):
        """A file in one piece, as Redis wrote it once, with an end that is cut off."""
        self.prepare(['appendonly=no', 'save='], lambda life: life.client.call('SAVE'))
        shutil.rmtree(self.begin)
        os.makedirs(self.begin)
        with open(os.path.join(self.begin, 'appendonly.aof'), 'wb') as file:
            for tag in TAGS:
                file.write(encode([b'SET', b'n0' + tag.encode(), b'5']))
                self.counters.acked['n0' + tag] = self.counters.sent['n0' + tag] = 5
            file.write(b'*3\r\n$3\r\nSET\r\n$')

    def prepare_damage(self):
        """What salvage has to keep aside; the damaged batch is of a key that is not looked at."""
        def fill(life):
            life.write(2)
            life.client.call('SET', 'damaged' + TAGS[0], 'x' * 100)
            life.write(2)
        self.prepare(['appendonly=yes', 'save='], fill)
        for path in glob.glob(os.path.join(self.begin, 'appendonlydir', '*.incr.aof')):
            with open(path, 'rb') as file:
                data = file.read()
            with open(path, 'wb') as file:
                file.write(data.replace(b'xxxx', b'xxyx', 1))

    def prepare(self, options, fill):
        server = self.server_at(options)
        fill(Life(server, self.counters))
        kill(server)
        shutil.copytree(server.dir, self.begin, ignore=shutil.ignore_patterns('server.log'))
        server.stop()

    def close(self):
        shutil.rmtree(self.begin, ignore_errors=True)

    def run(self, fault):
        """Tells it with the fault; what the server has said of that, None if it never came up."""
        server = self.server_at(self.options, self.begin)
        counters = Counters()
        counters.acked, counters.sent = dict(self.counters.acked), dict(self.counters.sent)
        life = Life(server, counters)
        try:
            os.environ['GYRE_FAULTS'] = fault
            try:
                server.start()
            except SystemExit:
                pass
            finally:
                del os.environ['GYRE_FAULTS']
            if server.process.poll() is None:
                life.client = Client(server)
                if self.tell(life):
                    life.heal()
            status = server.process.poll()
            with open(server.log, encoding='utf-8', errors='replace') as log:
                told = re.findall(r'(?m)^fault: .*', log.read())
            expect(status in (None, CRASH_STATUS, 1), f'the server ended with {status}\n{server.tail()}')
            expect(status != 1 or told, f'the server refused to start\n{server.tail()}')
            kill(server)
            server.start()
            life.check()
            # And once more, because the start has changed the files.
            life.client = Client(server)
            expect(life.counters.bump(life.client, ['after' + TAGS[1]]), 'a write after all is refused')
            kill(server)
            server.start()
            life.check()
            return told or None
        except SystemExit as error:
            raise Failed(f'no start: {error}') from error
        except (Silent, Malformed) as error:
            raise Failed(f'{error!r}\n{server.tail()}') from error
        finally:
            server.stop()


def kill(server):
    if server.process.poll() is None:
        server.control.close()
        server.process.send_signal(signal.SIGKILL)
    server.process.wait()


def failpoints():
    """All names in the sources."""
    names = set()
    for path in glob.glob(os.path.join(ROOT, 'src', '**', '*.cc'), recursive=True):
        with open(path, encoding='utf-8') as file:
            names |= set(re.findall(r'ring::failpoint\("([^"]+)"\)', file.read()))
    return sorted(names)


STORIES = {'run': run_story, 'start': start_story, 'adopt': start_story, 'damage': start_story}


def arguments():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument('--all', action='store_true', help='every operation, not some')
    parser.add_argument('--policy', default='always,everysec')
    parser.add_argument('--action', default=','.join(ACTIONS))
    parser.add_argument('--story', default=','.join(STORIES))
    parser.add_argument('--seed', default=os.environ.get('GYRE_SEED') or str(random.SystemRandom().randrange(10**6)))
    return parser.parse_args()


class Tally:
    passed = failed = 0

    def run(self, story, policy, fault):
        try:
            told = story.run(fault)
            self.passed += 1
            return told
        except Failed as error:
            self.failed += 1
            print(f'FAILED {story.name}, {policy}, {fault}: {error}', flush=True)
            return 'failed'


def run_numbers(tally, story, policy, action, options, chance):
    count = 0
    if options.all:
        while tally.run(story, policy, f'{action}@{count + 1}'):
            count += 1
    else:
        # How many there are is not the same each time: those behind the last are cheap.
        for number in sorted(chance.sample(range(1, 100 if story.name == 'run' else 30), SAMPLES)):
            count += tally.run(story, policy, f'{action}@{number}') is not None
    print(f'{story.name}, {policy}, {action}: {count} faults', flush=True)


def main():
    options = arguments()
    print(f'seed {options.seed}')
    chance = random.Random(options.seed)
    tally = Tally()
    unseen = set(failpoints())
    for policy in options.policy.split(','):
        for name in options.story.split(','):
            recovery = 'salvage' if name == 'damage' else 'refuse'
            story = Story(name, ['appendonly=yes', 'save=', f'recovery={recovery}', f'appendfsync={policy}'],
                          STORIES[name])
            try:
                for action in options.action.split(','):
                    run_numbers(tally, story, policy, action, options, chance)
                for point in failpoints():
                    for count in range(1, 8 if options.all else 2):
                        if not tally.run(story, policy, f'crash@{point}#{count}'):
                            break
                        unseen.discard(point)
            finally:
                story.close()
    if set(options.story.split(',')) == set(STORIES) and unseen:
        tally.failed += 1
        print(f'FAILED: these places never come up: {sorted(unseen)}')
    print(f'{tally.passed} passed, {tally.failed} failed')
    return 1 if tally.failed else 0


if __name__ == '__main__':
    sys.exit(main())
