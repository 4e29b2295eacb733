#!/usr/bin/env python3
"""Random commands to Gyre with an append-only file; killed and started again, it must hold the same keys.

    journal_test.py [--rounds N] [--seed TEXT] [--round N] [--only WORD,WORD] [--cores 1,2]

The commands are those of differential_test.py. What differs is printed with the commands that named the key.
"""
import argparse
import shutil
import signal
import sys

from harness import GYRE, Server
from lib.resp import Connection, quote, show

from differential import play, world
from differential.values import ALL_KEYS

ROUND = 400  # commands


def arguments():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument('--rounds', type=int, default=30)
    parser.add_argument('--seed', default='journal')
    parser.add_argument('--round', type=int, default=None, help='this round alone')
    parser.add_argument('--only', default='', help='commands, with commas')
    parser.add_argument('--cores', default='1,2')
    parser.add_argument('--keep', default='', help='a directory for the files of the last round')
    return parser.parse_args()


def questions():
    """What must be the same before and after; not how values are encoded."""
    for database in (b'0', b'1'):
        yield [b'SELECT', database]
        for key in ALL_KEYS:
            yield [b'TYPE', key]
            yield [b'DEBUG', b'DIGEST-VALUE', key]
            yield [b'PEXPIRETIME', key]
            yield [b'ZRANGE', key, b'0', b'-1', b'WITHSCORES']
            yield [b'LRANGE', key, b'0', b'-1']
            yield [b'XINFO', b'STREAM', key, b'FULL', b'COUNT', b'0']
            yield [b'XINFO', b'GROUPS', key]
    yield [b'DEBUG', b'DIGEST']


def without_uses(reply):
    """XINFO's answer without the times at which consumers were seen, and without how blocks lie."""
    if isinstance(reply.value, list):
        kept, skip = [], False
        for item in reply.value:
            if skip:
                skip = False
            elif item.value in (b'seen-time', b'active-time', b'radix-tree-keys', b'radix-tree-nodes'):
                skip = True
            else:
                kept.append(without_uses(item))
        return (reply.kind, kept)
    return (reply.kind, reply.value)


def ask(server):
    connection = Connection(server.port, timeout=600)
    try:
        return [without_uses(connection.call(*question)) for question in questions()]
    finally:
        connection.close()


def run_round(options, number, cores, names):
    this_round = world.Round(options.seed, number, ROUND, names)
    limits = [b'='.join(pair).decode() if isinstance(pair[0], bytes) else '='.join(pair)
              for pair in zip(this_round.limits[::2], this_round.limits[1::2])]
    server = Server(GYRE, cores, ['appendonly=yes', 'appendfsync=no', *limits])
    try:
        play.run(server, this_round, this_round.commands)
        before = ask(server)
        for again in ('RELOAD', 'LOADAOF') if number % 2 else ():
            server.control.call('DEBUG', again)
            if ask(server) != before:
                print(f'DIFFERENCE after DEBUG {again} in round {number} of seed {options.seed}, {cores} cores')
                return False
        server.process.send_signal(signal.SIGKILL)
        server.process.wait()
        server.control.close()
        if options.keep:
            shutil.copytree(server.dir, options.keep, dirs_exist_ok=True)
        server.start()
        after = ask(server)
        for question, first, second in zip(questions(), before, after):
            if first != second:
                print(f'DIFFERENCE in round {number} of seed {options.seed}, {cores} cores: '
                      f'{" ".join(quote(part, False) for part in question)}\n  before: {first}\n  after:  {second}')
                key = question[-1] if question[0] != b'XINFO' else question[2]
                for argv in [argv for argv in this_round.commands if key in argv][-12:]:
                    print('  > ' + ' '.join(quote(part, False) for part in argv)[:300])
                return False
        return True
    except SystemExit as error:
        print(f'FAILED in round {number} of seed {options.seed}, {cores} cores: {error}')
        return False
    finally:
        server.stop()


def main():
    options = arguments()
    server = Server(GYRE, 1, [])
    names = {row.value[0].value.decode() for row in server.control.call('COMMAND').value}
    names = names & world.NAMES - {'pfcount'}  # which writes its cache into the value
    server.stop()
    if options.only:
        names &= set(options.only.split(','))
    passed = failed = 0
    for number in [options.round] if options.round is not None else range(options.rounds):
        for cores in [int(count) for count in options.cores.split(',')]:
            good = run_round(options, number, cores, names)
            passed, failed = passed + good, failed + (not good)
    print(f'{passed} passed, {failed} failed')
    return 1 if failed else 0


if __name__ == '__main__':
    sys.exit(main())
