#!/usr/bin/env python3
"""DUMP and RESTORE between Gyre and real servers: values of all types and encodings, in both directions.

A value is made on one side, dumped there, restored on the other; DEBUG DIGEST-VALUE must agree. GYRE_DUMP_PEERS names
the other servers (colons between them), redis-server of the PATH otherwise. GYRE_SEED repeats a run, GYRE_ROUNDS makes
it longer.
"""
import os
import shutil
import sys

from harness import REDIS, ServerCase, Server, main
from lib.resp import Connection
from value_maker import LIMITS, NEWER, Maker, identity

SEED = int(os.environ.get('GYRE_SEED', '1'))
ROUNDS = int(os.environ.get('GYRE_ROUNDS', '40'))
PEERS = [path for path in os.environ.get('GYRE_DUMP_PEERS', shutil.which('redis-server') or '').split(':') if path]


class Dump(ServerCase):
    def digest(self, server):
        return server.call('DEBUG', 'DIGEST-VALUE', 'k').value[0].value

    def stream_info(self, server):
        """All of XINFO STREAM FULL but how the blocks are kept, and what version 10 leaves out."""
        def plain(value):
            if not isinstance(value, list):
                return value
            items = [plain(item.value) for item in value]
            if items and items[0] in (b'length', b'name'):
                return [pair for pair in zip(items[::2], items[1::2])
                        if not pair[0].startswith(b'radix-tree') and pair[0] != b'active-time']
            return items
        return plain(server.call('XINFO', 'STREAM', 'k', 'FULL', 'COUNT', 0).value)

    def exchange(self, source, target, commands, what, is_comparable=True, has_info=False):
        for command in commands:
            self.assertNotEqual(source.call(*command).kind, '-', (what, command[:2]))
        before, info = self.digest(source), None
        if has_info:
            info = self.stream_info(source)
        payload = source.call('DUMP', 'k').value
        reply = target.call('RESTORE', 'k', 0, payload, 'REPLACE')
        self.assertEqual(reply.value, b'OK', (what, reply, payload[:200]))
        if is_comparable:
            self.assertEqual(self.digest(target), before, (what, payload[:200], len(payload)))
        # And back, in the encoding that the other side chose.
        again = target.call('DUMP', 'k').value
        self.assertEqual(source.call('RESTORE', 'k', 0, again, 'REPLACE').value, b'OK', (what, again[:200]))
        self.assertEqual(self.digest(source), before, (what, again[:200], len(again)))
        if has_info:
            self.assertEqual(self.stream_info(source), info, (what, again[:200], len(again)))
        for at in (source, target):
            at.call('DEL', 'k')

    def take_valkey_hash(self, theirs, ours, commands, what):
        """Valkey has its own encoding and digest of fields that expire, and does not take Redis's."""
        for command in commands:
            self.assertNotEqual(theirs.call(*command).kind, '-', (what, command[:2]))
        reply = ours.call('RESTORE', 'k', 0, theirs.call('DUMP', 'k').value, 'REPLACE')
        self.assertEqual(reply.value, b'OK', (what, reply))
        names = list(dict.fromkeys(commands[0][2::2]))
        for command in (['HMGET', 'k', *names], ['HPEXPIRETIME', 'k', 'FIELDS', len(names), *names], ['HLEN', 'k']):
            here, there = (repr(at.call(*command).value) for at in (ours, theirs))
            self.assertEqual(here, there, (what, command[0]))
        for at in (ours, theirs):
            at.call('DEL', 'k')

    def test_values_survive_in_both_directions(self):
        for path in PEERS:
            is_valkey, version = identity(path)
            peer = Server(path + REDIS, 1, [])
            self.addCleanup(peer.stop)
            ours, theirs = self.connect(), Connection(peer.port, timeout=60)
            self.addCleanup(theirs.close)
            maker = Maker(SEED)
            kinds = ['string', 'list', 'set', 'zset', 'hash', 'stream']
            has_field_expiry = version >= ((9, 0) if is_valkey else (7, 4))
            for round_number in range(ROUNDS):
                limits = LIMITS | NEWER if version >= (7, 2) else LIMITS
                for name, values in limits.items():
                    value = maker.random.choice(values)
                    for at in (ours, theirs):
                        self.assertEqual(at.call('CONFIG', 'SET', name, value).value, b'OK', name)
                for kind in kinds + ['expiring'] * has_field_expiry:
                    what = f'{path} round {round_number} {kind}'
                    commands = getattr(maker, kind)()
                    # Servers write scores with more or with fewer digits into it.
                    is_comparable = kind != 'zset'
                    if is_valkey and kind == 'expiring':
                        self.take_valkey_hash(theirs, ours, commands, what)
                        continue
                    if kind == 'stream':
                        self.exchange(theirs, ours, maker.stream(True), what + ' from there', has_info=True)
                    else:
                        self.exchange(theirs, ours, commands, what + ' from there', is_comparable)
                    self.exchange(ours, theirs, commands, what + ' from here', is_comparable)


if __name__ == '__main__':
    if not PEERS:
        print('0 passed, 0 failed, 1 skipped')
        sys.exit(0)
    main()
