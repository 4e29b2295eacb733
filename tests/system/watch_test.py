#!/usr/bin/env python3
"""WATCH of very many keys, and of keys whose time comes while EXEC waits for a core."""
import threading
import time

from harness import ServerCase, main

from lib.resp import encode


class Watch(ServerCase):
    def test_very_many_keys(self):
        conn, other = self.connect(), self.connect()
        keys = [b'key:%d' % n for n in range(20000)]
        for _ in range(3):  # the same ones again
            conn.send(encode([b'WATCH'] + keys + keys[:100]))
            self.assertEqual(conn.read().value, b'OK')
        for changed in (None, keys[0], keys[12345], keys[-1], b'another'):
            conn.send(encode([b'WATCH'] + keys))
            self.assertEqual(conn.read().value, b'OK')
            if changed:
                other.call('INCR', changed)
            conn.call('MULTI')
            conn.call('INCR', 'done')
            self.assertEqual(conn.call('EXEC').value is None, changed in keys)
        self.assertEqual(conn.call('GET', 'done').value, b'2')
        conn.send(encode([b'WATCH'] + keys) + encode([b'UNWATCH']))
        conn.read()
        conn.read()
        other.call('SET', keys[0], 'x')
        conn.call('MULTI')
        self.assertEqual(conn.call('EXEC').value, [])

    def test_a_key_that_goes_while_exec_waits_for_another_core(self):
        """It must not take place when what it has watched has gone, whichever core was looked at first."""
        sleepers, conns = [self.connect(), self.connect()], [self.connect(), self.connect()]
        for sleeper in sleepers:
            # One of the keys is on the first core, where EXEC looks first, and clients are on different ones.
            for conn, key in [(conn, key) for conn in conns for key in ('bar', 'w0', 'w1')]:
                conn.call('SET', key, 'v', 'PX', '100')
                end = time.monotonic() + 0.1
                conn.call('WATCH', key)
                conn.call('MULTI')
                for n in range(16):
                    conn.call('SET', f'k{n}', 'v')
                thread = threading.Thread(target=sleeper.call, args=('DEBUG', 'SLEEP', '0.2'))
                thread.start()
                time.sleep(0.03)
                answer = conn.call('EXEC').value
                late = time.monotonic() > end + 0.02
                thread.join()
                self.assertFalse(answer is not None and late, 'it took place too late')


if __name__ == '__main__':
    main([1, 2, 4])
