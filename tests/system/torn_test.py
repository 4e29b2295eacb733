#!/usr/bin/env python3
"""Append-only files with torn ends, damage, and groups that are not whole: what a start makes of them.

    torn_test.py [--trials N] [--seed TEXT]

Torn ends (cut anywhere, zeros, garbage) start unaided and are logged; damage is refused with the place, or it is in
the last batch and dropped with a log line: no flipped bit passes, nor a block in a wrong place. Of snapshots nothing
that is damaged is loaded. N trials are made of each kind.
"""
import argparse
import os
import random
import re
import shutil
import signal
import sys
import tempfile

from harness import GYRE, Server
from lib.resp import encode

CORES = 3
# By slot: on three cores these belong to cores 0, 1 and 2.
TAGS = ('{b}', '{c}', '{a}')
TAIL = 64 * 1024
LINE = re.compile(rb'#GY:(\d+):(\d+):(\d+):[0-9a-f]{8}:(\d+)/(\d+)\r\n')


class Failed(Exception):
    pass


def expect(is_good, text):
    if not is_good:
        raise Failed(text)


class Files:
    """A directory of files that a server has left, to be spoilt and loaded."""

    def __init__(self, options=('appendonly=yes', 'appendfsync=no')):
        self.server = Server(GYRE, CORES, list(options))
        self.aside = tempfile.mkdtemp(prefix='gyre-torn-')

    def path(self, core):
        directory = os.path.join(self.server.dir, 'appendonlydir')
        names = sorted((name for name in os.listdir(directory) if name.endswith('.aof')),
                       key=lambda name: int(name.split('.')[-3]))
        return os.path.join(directory, names[core])

    def stop(self, end=signal.SIGTERM):
        self.server.control.close()
        self.server.process.send_signal(end)
        self.server.process.wait()

    def keep(self):
        shutil.rmtree(self.aside)
        shutil.copytree(self.server.dir, self.aside)

    def restore(self):
        shutil.rmtree(os.path.join(self.server.dir, 'appendonlydir'))
        shutil.copytree(os.path.join(self.aside, 'appendonlydir'), os.path.join(self.server.dir, 'appendonlydir'))

    def start(self):
        """What the server logs; with its refusal, if it refuses."""
        begin = os.path.getsize(self.server.log)
        try:
            self.server.start()
        except SystemExit:
            pass
        with open(self.server.log, encoding='utf-8', errors='replace') as log:
            log.seek(begin)
            return log.read()

    def is_up(self):
        return self.server.process.poll() is None

    def close(self):
        self.server.stop()
        shutil.rmtree(self.aside, ignore_errors=True)

    def get(self, key):
        value = self.server.control.call('GET', key).value
        return None if value is None else bytes(value).decode()


def batches(path):
    """Where each batch begins, and what its line says: (offset, size with the line, group)."""
    with open(path, 'rb') as file:
        data = file.read()
    return [(line.start() - int(line[3]), int(line[3]) + len(line[0]), int(line[4])) for line in LINE.finditer(data)]


def change(path, edit):
    with open(path, 'rb') as file:
        data = bytearray(file.read())
    edited = edit(data)
    with open(path, 'wb') as file:
        file.write(data if edited is None else edited)


def fill(files):
    """Batches of many sizes on all cores, with groups among them; the last numbers are those of ROUNDS."""
    control = files.server.control
    for number in range(1, ROUNDS + 1):
        requests = [['INCR', 'count' + tag] for tag in TAGS] + [['RPUSH', 'list' + tag, str(number)] for tag in TAGS]
        requests.append(['MSET'] + [part for tag in TAGS for part in ('mset' + tag, str(number))])
        if number % 50 == 0:
            requests.append(['SET', 'large' + TAGS[number % CORES], 'x' * number * 10])
        control.send(b''.join(encode([part.encode() for part in request]) for request in requests))
        for _ in requests:
            control.read()


ROUNDS = 400


def check_prefix(files, spoilt):
    """What is there is what was there at some moment; of the cores that are not spoilt it is all."""
    control = files.server.control
    sets = {files.get('mset' + tag) for tag in TAGS}
    expect(len(sets) == 1, f'half an MSET: {sets}')
    for core, tag in enumerate(TAGS):
        count = int(files.get('count' + tag) or 0)
        items = [int(item.value) for item in control.call('LRANGE', 'list' + tag, '0', '-1').value]
        expect(items == list(range(1, len(items) + 1)), f'core {core}: a list with holes')
        expect(len(items) <= count <= len(items) + 1 <= ROUNDS + 1, f'core {core}: {count} and {len(items)}')
        expect(core == spoilt or count == ROUNDS, f'core {core} has lost writes: {count}')
        expect(int(sets.copy().pop() or 0) <= count + 1, f'core {core}: later than its count')


def torn(files, chance, kind):
    core = chance.randrange(CORES)
    path = files.path(core)
    size = os.path.getsize(path)
    at = size - chance.randrange(1, min(TAIL, size))
    rest = chance.randrange(1, 8192)

    def edit(data):
        tail = {'cut': b'', 'zeros': bytes(rest), 'garbage': chance.randbytes(rest)}[kind]
        return data[:at] + tail
    change(path, edit)
    log = files.start()
    expect(files.is_up(), f'{kind} at {at} of {size}, core {core}: refused\n{log}')
    borders = {begin + length for begin, length, _ in batches(path)} | {0}
    if kind != 'cut' or at not in borders:
        expect('is not whole' in log, f'{kind} at {at} of {size}, core {core}: nothing is logged')
    check_prefix(files, core)


def flipped(files, chance, _):
    core = chance.randrange(CORES)
    path = files.path(core)
    bit = chance.randrange(os.path.getsize(path) * 8)

    def edit(data):
        data[bit // 8] ^= 1 << bit % 8
    change(path, edit)
    log = files.start()
    if files.is_up():
        expect('is not whole' in log, f'bit {bit} of core {core} was flipped, and nobody noticed')
        last = batches(os.path.join(files.aside, 'appendonlydir', os.path.basename(path)))[-1][0]
        expect(bit // 8 >= last, f'bit {bit} of core {core}: more than the last batch was dropped')
        check_prefix(files, core)
    else:
        check_refusal(files, core, path, log)


def first_difference(a, b):
    return next((i for i, (x, y) in enumerate(zip(a, b)) if x != y), min(len(a), len(b)))


def misplace(data, chance, kind):
    """A block of what a disk writes at once goes to a wrong place, or is nothing but zeros."""
    size = chance.choice((512, 4096))
    blocks = len(data) // size
    one, other = chance.randrange(blocks) * size, chance.randrange(blocks) * size
    piece = data[one:one + size]
    if kind == 'block swapped':
        data[one:one + size] = data[other:other + size]
        data[other:other + size] = piece
    elif kind == 'block twice':
        data[other:other + size] = piece
    elif kind == 'block inserted':
        data[other:other] = piece
    elif kind == 'block of zeros':
        data[one:one + size] = bytes(size)
    return data


def blocks(files, chance, kind):
    core = chance.randrange(CORES)
    path = files.path(core)
    with open(path, 'rb') as file:
        whole = file.read()
    bad = misplace(bytearray(whole), chance, kind)
    if bad == whole:
        return
    change(path, lambda data: bad)
    log = files.start()
    if not files.is_up():
        check_refusal(files, core, path, log)
        return
    # Nothing whole follows the damage, which looks like an end that was torn.
    expect('is not whole' in log, f'{kind} in the file of core {core}, and nobody noticed\n{log}')
    size = os.path.getsize(path)
    expect(size <= first_difference(whole, bad), f'{kind} in the file of core {core} was loaded')
    check_prefix(files, core)


class Snapshots:
    """A snapshot of what fill() makes and some large keys, to be spoilt."""

    def __init__(self):
        self.files = Files(['save='])
        fill(self.files)
        control = self.files.server.control
        for number in range(3000):
            control.send(encode([b'SET', b'key:%d' % number, b'%d' % number * (number % 90)]))
        for _ in range(3000):
            control.read()
        control.call('SAVE')
        self.files.stop(signal.SIGKILL)
        self.path = os.path.join(self.files.server.dir, 'dump.rdb')
        with open(self.path, 'rb') as file:
            self.whole = file.read()

    def try_one(self, chance, kind):
        data = bytearray(self.whole)
        if kind == 'flip':
            bit = chance.randrange(len(data) * 8)
            data[bit // 8] ^= 1 << bit % 8
        elif kind == 'early end':
            data[data.index(b'\x07key:%d' % chance.randrange(100, 1000)) - 1] = 0xff  # the type of a key
        elif kind == 'cut':
            del data[chance.randrange(len(data)):]
        else:
            data = misplace(data, chance, kind)
        if data == self.whole:
            return
        with open(self.path, 'wb') as file:
            file.write(data)
        log = self.files.start()
        is_up = self.files.is_up()
        if is_up:
            self.files.stop(signal.SIGKILL)
        at = first_difference(self.whole, data)
        expect(not is_up, f'a snapshot with damage ({kind} at {at} of {len(data)}) was loaded\n{log}')
        expect(self.path in log, f'{kind} at {at}: the refusal does not name the file\n{log}')


def check_refusal(files, core, path, log):
    pattern = rf'{os.path.basename(path)} at byte \d+, of core {core}: .*batch \d+'
    expect(re.search(pattern, log), f'core {core}: the refusal does not say where:\n{log}')


def rearranged(files, chance, kind):
    """Batches in another order, one missing, one twice; good ones follow."""
    core = chance.randrange(CORES)
    path = files.path(core)
    all_batches = batches(path)
    index = chance.randrange(1, len(all_batches) - 3)
    (a, a_size, _), (b, b_size, _) = all_batches[index], all_batches[index + 1]

    def edit(data):
        first, second = data[a:a + a_size], data[b:b + b_size]
        middle = {'swapped': second + first, 'missing': second, 'twice': first + first + second}[kind]
        return data[:a] + middle + data[b + b_size:]
    change(path, edit)
    log = files.start()
    expect(not files.is_up(), f'a batch is {kind} in the file of core {core}, and the server starts\n{log}')
    check_refusal(files, core, path, log)


def broken_group(files):
    """A group of which core 2 has lost its part, and what followed on the same keys."""
    zero, one, two = TAGS
    call = files.server.control.call
    call('MSET', 'x' + one, 'old', 'x' + two, 'old', 'y' + zero, 'old')
    call('MSET', 'x' + one, 'broken', 'x' + two, 'broken')
    call('SET', 'other' + one, 'stays')
    call('APPEND', 'x' + one, ' and more')
    call('MSET', 'x' + one, 'second', 'y' + zero, 'second')  # goes with it, as a whole
    call('APPEND', 'y' + zero, ' and more')
    call('SET', 'other' + zero, 'stays')
    files.stop()
    path = files.path(2)
    begin = [begin for begin, _, group in batches(path) if group != 0][-1]
    change(path, lambda data: data[:begin])
    for round_number in range(2):
        log = files.start()
        expect(files.is_up(), log)
        expect('2 transactions were not whole' in log, f'round {round_number}:\n{log}')
        for key, value in {'x' + one: 'old', 'x' + two: 'old', 'y' + zero: 'old', 'other' + one: 'stays',
                           'other' + zero: 'stays', 'new' + one: 'set' if round_number else None}.items():
            expect(files.get(key) == value, f'round {round_number}: {key} is {files.get(key)!r}, not {value!r}')
        files.server.control.call('SET', 'new' + one, 'set')
        if round_number == 0:
            # What comes after the start rests on nothing that is lost, also on the same keys.
            files.server.control.call('SET', 'x' + one, 'temporary')
            files.server.control.call('SET', 'x' + one, 'old')
            files.server.control.call('APPEND', 'y' + zero, '')
        files.stop()


def after_the_start(files):
    """Keys of a broken group, written again by the run that followed."""
    _, one, two = TAGS
    files.server.control.call('MSET', 'x' + one, 'broken', 'x' + two, 'broken')
    files.stop()
    path = files.path(2)
    begin = [begin for begin, _, group in batches(path) if group != 0][-1]
    change(path, lambda data: data[:begin])
    files.start()
    files.server.control.call('SET', 'x' + one, 'fresh')
    files.stop()
    files.start()
    expect(files.get('x' + one) == 'fresh', f'a write of a later run is dropped: {files.get("x" + one)}')


def arguments():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument('--trials', type=int, default=12)
    parser.add_argument('--seed', default=os.environ.get('GYRE_SEED') or str(random.SystemRandom().randrange(10**6)))
    return parser.parse_args()


def main():
    options = arguments()
    print(f'seed {options.seed}')
    chance = random.Random(options.seed)
    plan = [(torn, kind) for kind in ('cut', 'zeros', 'garbage')] + [(flipped, 'flip')] * 3
    plan += [(rearranged, kind) for kind in ('swapped', 'missing', 'twice')]
    kinds = ('block swapped', 'block twice', 'block inserted', 'block of zeros')
    plan += [(blocks, kind) for kind in kinds]
    passed = failed = 0
    snapshots = Snapshots()
    for kind in ('flip', 'flip', 'flip', 'early end', 'cut', *kinds) * options.trials:
        try:
            snapshots.try_one(chance, kind)
            passed += 1
        except Failed as error:
            failed += 1
            print(f'FAILED {kind}: {error}', flush=True)
    snapshots.files.close()
    print(f'snapshots: {passed} passed, {failed} failed', flush=True)
    files = Files()
    try:
        fill(files)
        files.stop(signal.SIGKILL)
        files.keep()
        for trial, kind in plan * options.trials:
            files.restore()
            try:
                trial(files, chance, kind)
                passed += 1
            except Failed as error:
                failed += 1
                print(f'FAILED {kind}: {error}', flush=True)
            if files.is_up():
                files.stop(signal.SIGKILL)
    finally:
        files.close()
    for case in (broken_group, after_the_start):
        files = Files()
        try:
            case(files)
            passed += 1
        except Failed as error:
            failed += 1
            print(f'FAILED {case.__name__}: {error}', flush=True)
        finally:
            files.close()
    print(f'{passed} passed, {failed} failed')
    return 1 if failed else 0


if __name__ == '__main__':
    sys.exit(main())
