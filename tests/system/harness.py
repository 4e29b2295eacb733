"""Starts the server that a system test drives, with one core and with two, and counts the outcome.

GYRE_SERVER names the binary (build/release/gyre-server otherwise), GYRE_CORES the core counts (1,2), GYRE_PEER a
redis-server or valkey-server to run the same tests against, which judges the tests themselves.
"""
import os
import sys
import unittest

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
sys.path.insert(0, os.path.join(ROOT, 'tests', 'wire'))

from lib.resp import Connection  # noqa: E402
from lib.server import Server  # noqa: E402

PEER = os.environ.get('GYRE_PEER')
BINARY = os.environ.get('GYRE_SERVER', os.path.join(ROOT, 'build', 'release', 'gyre-server'))
GYRE = BINARY + ' --port {port} --cores {cores} --dir {dir} --set enable-debug-command=yes'
REDIS = " --port {port} --dir {dir} --bind 127.0.0.1 --save '' --enable-debug-command yes"
CORES = [1] if PEER else [int(n) for n in os.environ.get('GYRE_CORES', '1,2').split(',')]

server = None  # the running Server; set before the tests of one core count start


class ServerCase(unittest.TestCase):
    """A test that finds an empty server on self.port and fails if the server dies."""

    def setUp(self):
        server.fresh()
        self.port = server.port

    def tearDown(self):
        died = server.died()
        self.assertIsNone(died, died)

    def connect(self):
        connection = Connection(self.port, timeout=60)
        self.addCleanup(connection.close)
        return connection


def main(cores=None, options=()):
    """Runs the tests of the calling module with every core count; exits 0 when all passed."""
    global server
    passed = failed = skipped = 0
    for count in cores or CORES:
        server = Server((PEER + REDIS) if PEER else GYRE, count, list(options))
        try:
            print(f'== {os.path.basename(PEER or BINARY)}, {count} core{"s"[:count > 1]}', flush=True)
            suite = unittest.defaultTestLoader.loadTestsFromModule(sys.modules['__main__'])
            result = unittest.TextTestRunner(stream=sys.stdout, verbosity=1).run(suite)
        finally:
            server.stop()
        bad = len(result.failures) + len(result.errors) + len(result.unexpectedSuccesses)
        failed += bad
        skipped += len(result.skipped)
        passed += result.testsRun - bad - len(result.skipped)
    print(f'{passed} passed, {failed} failed' + (f', {skipped} skipped' if skipped else ''))
    sys.exit(0 if passed + skipped and not failed else 1)
