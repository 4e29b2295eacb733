#!/usr/bin/env python3
"""The prover of tests/consistency against live servers, in its quick form; and against setups that are wrong on
purpose, which it must find out."""
import os
import socket
import sys

import harness
from harness import CORES, GYRE, PEER, REDIS, ROOT, ServerCase, main
from lib.server import Server

sys.path.insert(0, os.path.join(ROOT, 'tests', 'consistency'))

from prover import FINE, STALL, VIOLATION, prove  # noqa: E402

# Sanitizers are slow; what they are to find does not need long histories.
SCALE = 1 if os.environ.get('GYRE_FLAVOUR', 'release') == 'release' else 4
SEED = os.environ.get('GYRE_SEED', '1')


class ProverCase(ServerCase):
    def expect(self, wanted, part, count, *options, ports=()):
        code, output = prove(part, ports or [self.port], '--count', max(1, count // SCALE), '--seed', SEED, *options)
        print(output.strip().splitlines()[-1], flush=True)
        self.assertEqual(code, wanted, output)
        if wanted == VIOLATION:
            self.assertIn('VIOLATION: ', output)

    def another(self, *options):
        """A second server, of which the first knows nothing."""
        second = Server((PEER + REDIS) if PEER else GYRE, harness.server.cores, list(options))
        self.addCleanup(second.stop)
        return second.port


class Consistency(ProverCase):
    def test_registers_are_linearizable(self):
        self.expect(FINE, 'registers', 60_000, '--kills', '10')

    def test_transactions_are_strictly_serializable(self):
        self.expect(FINE, 'transactions', 12_000, '--kills', '15')

    def test_blocking_pops_deliver_once(self):
        self.expect(FINE, 'delivery', 40_000)

    def test_everybody_gets_answers(self):
        self.expect(FINE, 'hunt', 1, '--seconds', '4')

    def test_order_of_two_cores_is_seen(self):
        self.expect(FINE, 'skew', 8_000)

    def test_order_within_a_strict_batch_is_seen(self):
        settings = [] if PEER else ['pipeline-order=strict']
        self.expect(FINE, 'skew', 8_000, '--strict', ports=[self.another(*settings)])


class WrongSetups(ProverCase):
    """Clients dealt out over two servers that know nothing of each other; clients that cheat; a server that is deaf."""

    def test_registers_are_linearizable(self):
        self.expect(VIOLATION, 'registers', 20_000, '--kills', '0', ports=[self.port, self.another()])

    def test_transactions_are_strictly_serializable(self):
        self.expect(VIOLATION, 'transactions', 4_000, '--plain', ports=[self.port, self.another()])

    def test_transactions_without_multi_are_found_out(self):
        self.expect(VIOLATION, 'transactions', 4_000, '--torn')

    def test_pops_that_look_first_are_found_out(self):
        self.expect(VIOLATION, 'delivery', 10_000, '--torn')

    def test_order_of_two_cores_is_seen(self):
        self.expect(VIOLATION, 'skew', 8_000, ports=[self.port, self.another()])

    def test_order_within_a_strict_batch_is_seen(self):
        # In its default order, Gyre may run the two INCRs of one batch either way round.
        ports = [self.port, self.another()] if PEER or harness.server.cores == 1 else [self.port]
        self.expect(VIOLATION, 'skew', 8_000, '--strict', ports=ports)

    def test_stall_is_told_with_who_waits_for_what(self):
        with socket.create_server(('127.0.0.1', 0)) as deaf:
            code, output = prove('skew', [deaf.getsockname()[1]], '--stall', 1)
        self.assertEqual(code, STALL, output)
        self.assertIn('STALL: ', output)
        self.assertRegex(output, 'client 0: 0 answers, waits for the answer to .* INCR .* skew:a')


if __name__ == '__main__':
    main(cores=CORES if PEER or 'GYRE_CORES' in os.environ else [2, 4])
