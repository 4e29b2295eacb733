#!/usr/bin/env python3
"""DEBUG RELOAD and DEBUG LOADAOF while clients write, with an append-only file and without: nothing that was answered
is lost, nothing is half done, and a start behind that gives the same."""
import os
import signal
import sys
import threading

import harness
from harness import ServerCase, main
from lib.resp import Closed, Connection

AGAIN = [('RELOAD',), ('LOADAOF',), ('RELOAD',), ('LOADAOF',)]


class Writers:
    """Clients that count in keys of their own, on whatever core, and keep triples equal by MSET."""

    def __init__(self, port, count=3):
        self.stopping = False
        self.loading = 0
        self.wrong = []
        self.answered = [0] * count  # INCRs
        self.asked = [0] * count
        self.threads = [threading.Thread(target=self.write, args=(port, number)) for number in range(count)]
        for thread in self.threads:
            thread.start()

    def call(self, connection, *args):
        reply = connection.call(*args)
        if reply.kind != '-':
            return True
        if reply.value.startswith(b'LOADING'):
            self.loading += 1
        else:
            self.wrong.append(reply.value)
        return False

    def write(self, port, number):
        try:
            connection = Connection(port, timeout=60)
            at = 0
            while not self.stopping:
                at += 1
                self.asked[number] += 1
                if self.call(connection, 'INCR', f'count:{number}'):
                    self.answered[number] += 1
                else:
                    self.asked[number] -= 1
                name = f'{number}:{at % 50}'
                self.call(connection, 'MSET', f'a:{name}', at, f'b:{name}', at, f'c:{name}', at)
                self.call(connection, 'RPUSH', f'list:{number}:{at % 10}', at)
            connection.close()
        except (OSError, Closed):
            pass

    def stop(self):
        self.stopping = True
        for thread in self.threads:
            thread.join()


class Again(ServerCase):
    is_aof = 'appendonly=yes' in sys.argv

    def check(self, connection, writers):
        self.assertEqual(writers.wrong, [])
        for number, (answered, asked) in enumerate(zip(writers.answered, writers.asked)):
            value = int(connection.call('GET', f'count:{number}').value)
            self.assertTrue(answered <= value <= asked, (number, answered, value, asked))
            for at in range(50):
                values = connection.call('MGET', *(f'{letter}:{number}:{at}' for letter in 'abc')).value
                self.assertEqual(len({value.value for value in values}), 1, (number, at, values))

    def warnings(self):
        with open(harness.server.log, encoding='utf-8') as log:
            return ''.join(line for line in log if ' # ' in line and 'DB reloaded' not in line)[-2000:]

    def restart(self):
        harness.server.process.send_signal(signal.SIGKILL)
        harness.server.process.wait()
        harness.server.control.close()
        harness.server.start()
        self.port = harness.server.port
        return self.connect()

    def test_nothing_is_lost_under_load(self):
        for _ in range(2):
            harness.server.control.call('FLUSHALL')
            writers = Writers(self.port)
            connection = self.connect()
            for again in AGAIN if self.is_aof else [('RELOAD',)] * 4:
                self.assertEqual(connection.call('DEBUG', *again).value, b'OK')
            writers.stop()
            self.check(connection, writers)
            digest = connection.call('DEBUG', 'DIGEST').value
            if self.is_aof:
                connection = self.restart()
                self.assertEqual(connection.call('DEBUG', 'DIGEST').value, digest)
                self.check(connection, writers)

    def test_what_was_loaded_is_what_the_files_hold(self):
        if not self.is_aof:
            self.skipTest('there is no append-only file')
        for options in (('NOSAVE',), ('NOSAVE', 'NOFLUSH', 'MERGE')):
            connection = self.connect()
            connection.call('FLUSHALL')
            for at in range(100):
                connection.call('SET', f'key:{at}', 'saved')
            self.assertEqual(connection.call('SAVE').value, b'OK')
            for at in range(50, 150):
                connection.call('SET', f'key:{at}', 'later')
            self.assertEqual(connection.call('DEBUG', 'RELOAD', *options).value, b'OK')
            self.assertEqual(connection.call('DBSIZE').value, 100 if len(options) == 1 else 150)
            connection.call('APPEND', 'key:70', ' and changed')
            digest = connection.call('DEBUG', 'DIGEST').value
            connection = self.restart()
            self.assertEqual(connection.call('DEBUG', 'DIGEST').value, digest)
            self.assertEqual(connection.call('GET', 'key:70').value, b'saved and changed')

    def test_a_damaged_file_ends_the_process_and_nothing_else(self):
        if not self.is_aof:
            self.skipTest('there is no append-only file')
        connection = self.connect()
        for at in range(1000):
            connection.call('SET', f'key:{at}', 'v' * 100)
        connection.call('SAVE')
        path = os.path.join(harness.server.dir, 'dump.rdb')
        with open(path, 'r+b') as file:
            file.seek(5000)
            file.write(b'XXXXXXXX')
        digest = connection.call('DEBUG', 'DIGEST').value
        with self.assertRaises((OSError, Closed)):
            connection.call('DEBUG', 'RELOAD', 'NOSAVE')
        self.assertEqual(harness.server.process.wait(), 1)
        os.unlink(path)
        harness.server.control.close()
        harness.server.start()
        self.port = harness.server.port
        self.assertEqual(self.connect().call('DEBUG', 'DIGEST').value, digest)

    def test_a_reload_amid_many_flushes_and_rewrites(self):
        stop = threading.Event()

        def ask(*commands):
            connection = Connection(self.port, timeout=60)
            while not stop.is_set():
                for command in commands:
                    connection.call(*command)
            connection.close()

        threads = [threading.Thread(target=ask, args=commands) for commands in (
            [['FLUSHALL'], ['SWAPDB', 0, 1]], [['BGSAVE'], ['BGREWRITEAOF']], [['MSET', 'a', 1, 'b', 1, 'c', 1]],
            [['MULTI'], ['SET', 'd', 1], ['SET', 'e', 1], ['EXEC']], [['DEBUG', 'RELOAD', 'NOSAVE']])]
        connection = self.connect()
        connection.call('SAVE')
        replies = []
        for thread in threads:
            thread.start()
        for _ in range(5):
            for again in AGAIN if self.is_aof else [('RELOAD',)]:
                replies.append(connection.call('DEBUG', *again).value)
        stop.set()
        for thread in threads:
            thread.join()
        self.assertEqual(set(replies), {b'OK'}, self.warnings())
        digest = connection.call('DEBUG', 'DIGEST').value
        if self.is_aof:
            self.assertEqual(self.restart().call('DEBUG', 'DIGEST').value, digest)


if __name__ == '__main__':
    cores = [int(n) for n in os.environ.get('GYRE_CORES', '1,2,4').split(',')]
    if len(sys.argv) > 1:
        main(cores, sys.argv[1:])
    for chosen in ([], ['appendonly=yes'], ['appendonly=yes', 'appendfsync=always']):
        if os.spawnv(os.P_WAIT, sys.executable, [sys.executable, __file__, *(chosen or ['save='])]) != 0:
            sys.exit(1)
