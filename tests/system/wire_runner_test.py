#!/usr/bin/env python3
"""The wire test runner itself: what it must reject, and that it fails when a server answers wrongly."""
import contextlib
import os
import socketserver
import subprocess
import sys
import tempfile
import threading
import unittest

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
WIRE = os.path.join(ROOT, 'tests', 'wire')
sys.path.insert(0, WIRE)

from lib.expect import BadScript, Reader, matches, substitute  # noqa: E402
from lib.player import END, play_section, play_split  # noqa: E402
from lib.resp import Connection, Reply, encode, show  # noqa: E402
from lib.script import read_args, read_file  # noqa: E402


def bulk(text):
    return Reply('$', text.encode())


def array(*items):
    return Reply('*', list(items))


@contextlib.contextmanager
def fake_server(answer):
    """A server that answers every line-terminated chunk with answer(bytes); None closes the connection."""
    class Handler(socketserver.BaseRequestHandler):
        def handle(self):
            with contextlib.suppress(ConnectionError):
                while data := self.request.recv(65536):
                    data, end, _ = data.partition(encode([b'PING', END]))
                    reply = answer(data) if data else b''
                    if reply is None:
                        return
                    self.request.sendall(reply + (b'$%d\r\n%s\r\n' % (len(END), END) if end else b''))

    class Threads(socketserver.ThreadingTCPServer):
        allow_reuse_address = daemon_threads = True

    with Threads(('127.0.0.1', 0), Handler) as server:
        threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        yield server.server_address[1]
        server.shutdown()


def sections(text):
    with tempfile.NamedTemporaryFile('w', suffix='.wire') as file:
        file.write(text)
        file.flush()
        return read_file(file.name)


class Expectations(unittest.TestCase):
    def check(self, text, good, bad, proto=2):
        node = Reader(text).parse()
        for reply in good:
            self.assertTrue(matches(node, reply, proto, {}), f'{text} should match {show(reply)}')
        for reply in bad:
            self.assertFalse(matches(node, reply, proto, {}), f'{text} should not match {show(reply)}')

    def test_scalars_are_exact_in_text_and_type(self):
        self.check('$v', [bulk('v')], [bulk('V'), bulk(''), Reply('+', b'v'), Reply('$nil', None)])
        self.check(':1', [Reply(':', 1)], [Reply(':', 2), bulk('1')])
        self.check('-ERR a, b]', [Reply('-', b'ERR a, b]')], [Reply('-', b'ERR a'), Reply('+', b'ERR a, b]')])
        self.check('$"a\\r\\n\\x00"*2', [Reply('$', b'a\r\n\0a\r\n\0')], [Reply('$', b'a\r\n\0')])

    def test_null_has_a_kind_in_resp2_and_one_form_in_resp3(self):
        self.check('nil', [Reply('$nil', None)], [Reply('*nil', None), Reply('_', None), bulk('')])
        self.check('nil*', [Reply('*nil', None)], [Reply('$nil', None), array()])
        self.check('nil', [Reply('_', None)], [Reply('$nil', None)], proto=3)

    def test_ranges_and_patterns_match_the_whole_text(self):
        self.check(':~ 95..100', [Reply(':', 95), Reply(':', 100)], [Reply(':', 94), Reply(':', 101), bulk('99')])
        self.check('$~ a+', [bulk('aa')], [bulk('aab'), bulk('baa'), bulk('')])
        self.check('[ $~/a,]/, :1 ]', [array(bulk('a,]'), Reply(':', 1))], [array(bulk('a'), Reply(':', 1))])

    def test_arrays(self):
        one, two = Reply(':', 1), Reply(':', 2)
        self.check('[ :1, :2 ]', [array(one, two)], [array(two, one), array(one), array(one, two, two)])
        self.check('[ :1, ... ]', [array(one), array(one, two)], [array(), array(two, one)])
        self.check('unordered [ :1, :2 ]', [array(two, one)], [array(one, one), array(one), array(one, two, one)])
        self.check('set [ :1, :2 ]', [Reply('~', [two, one])], [array(one, two)], proto=3)
        self.check('[ [ :1 ], [] ]', [array(array(one), array())], [array(array(), array(one))])

    def test_maps(self):
        one, two = Reply(':', 1), Reply(':', 2)
        flat, pairs = array(bulk('a'), one, bulk('b'), two), Reply('%', [(bulk('b'), two), (bulk('a'), one)])
        self.check('{ $a => :1, $b => :2 }', [flat], [array(bulk('a'), one), array(bulk('a'), two), pairs])
        self.check('{ $a => :1, $b => :2 }', [pairs], [flat, Reply('%', [(bulk('a'), one)])], proto=3)
        self.check('{ $a => :1, ... }', [pairs], [Reply('%', [(bulk('b'), two)])], proto=3)

    def test_types_that_resp2_lacks(self):
        self.check(',1.5', [bulk('1.5')], [Reply(',', b'1.5')])
        self.check(',1.5', [Reply(',', b'1.5')], [bulk('1.5')], proto=3)
        self.check('=text', [Reply('=', b'txt:text')], [bulk('text'), Reply('=', b'txt:texts')], proto=3)
        self.check('true', [Reply('#', True)], [Reply('#', False), Reply(':', 1)], proto=3)

    def test_captures(self):
        names = {}
        node = Reader('[ :any as id, $~/v(?P<n>\\d+)/ ]').parse()
        self.assertTrue(matches(node, array(Reply(':', 7), bulk('v42')), 2, names))
        self.assertEqual(names, {'id': '7', 'n': '42'})
        self.assertEqual(substitute('%id+1% %n% %other% 5%', names), '8 42 %other% 5%')

    def test_bad_expectations_are_refused(self):
        for text in ('', 'OK', '[ $a', '{ $a }', ':~ 1-2', '$"a', '$"\\q"', '[ $~ a ]', 'nil nil'):
            with self.assertRaises(BadScript, msg=text):
                Reader(text).parse()


class Scripts(unittest.TestCase):
    def test_arguments(self):
        self.assertEqual(read_args(r'SET "a b" \n "\x00"*3'), [b'SET', b'a b', b'\\n', b'\0\0\0'])

    def test_bad_files_are_refused_with_their_line(self):
        for text in ('> PING\n', '== a\nPING\n', '== a\n< OK\n', '== a\n> \n', '== a\nsleep 5\n', '== a\npeer: no\n'):
            with self.assertRaisesRegex(BadScript, r'\.wire:[12]: ', msg=text):
                sections(text)

    def test_peers_are_chosen_by_name_and_version(self):
        section = sections('== a\npeer: redis>=7.2 valkey\n> PING\n< +PONG\n')[0]
        self.assertTrue(section.holds_on('gyre', (0,)))
        self.assertTrue(section.holds_on('redis', (8, 0, 1)))
        self.assertFalse(section.holds_on('redis', (7, 0, 15)))
        self.assertTrue(section.holds_on('valkey', (9, 1, 0)))


class Playing(unittest.TestCase):
    def play(self, text, answer, proto=2):
        with fake_server(answer) as port:
            return play_section(sections(text)[0], port, proto)

    def test_a_right_answer_passes(self):
        self.assertIsNone(self.play('== a\n> PING\n< +PONG\n', lambda _: b'+PONG\r\n'))

    def test_wrong_missing_and_surplus_answers_fail(self):
        text = '== a\n> PING\n< +PONG\n'
        self.assertEqual(self.play(text, lambda _: b'$4\r\nPONG\r\n').line, 3)
        self.assertIsNotNone(self.play(text, lambda _: None))
        self.assertIsNotNone(self.play(text, lambda _: b'+PONG\r\n+PONG\r\n'))
        self.assertIsNotNone(self.play(text, lambda _: b'?\r\n'))
        self.assertIsNotNone(self.play('== a\n> PING\n', lambda _: b'+PONG\r\n'))

    def test_close_and_silence(self):
        self.assertIsNone(self.play('== a\n> QUIT\n!close\n', lambda _: None))
        self.assertIsNotNone(self.play('== a\n> QUIT\n!close\n', lambda _: b'+OK\r\n'))
        self.assertIsNotNone(self.play('== a\n> PING\n!silent\n< +PONG\n', lambda _: b'+PONG\r\n'))

    def test_a_server_that_depends_on_the_cuts_fails_the_split(self):
        section = sections('== a\nsplit: yes\n> PING\n< +PONG\n')[0]

        def whole_requests_only(data):
            return b'+PONG\r\n' if data.endswith(b'\r\n') and data.startswith(b'*1') else b'-cut\r\n'

        with fake_server(lambda data: whole_requests_only(data)) as port:
            control = Connection(port)
            self.assertIsNotNone(play_split(section, port, 2, control))
            control.close()

    def test_the_runner_fails_where_a_section_fails(self):
        with tempfile.NamedTemporaryFile('w', suffix='.wire', dir=os.path.join(WIRE, 'string')) as file:
            file.write('== wrong on purpose\n> PING\n< +PANG\n')
            file.flush()
            peer = next((p for p in ('redis-server', 'valkey-server') if subprocess.run(
                ['which', p], stdout=subprocess.DEVNULL, check=False).returncode == 0), None)
            if not peer:
                self.skipTest('no redis-server or valkey-server is installed')
            result = subprocess.run([sys.executable, os.path.join(WIRE, 'run_wire.py'), '--peer', peer, file.name],
                                    capture_output=True, text=True, check=False)
        self.assertEqual(result.returncode, 1)
        self.assertRegex(result.stdout, r'expected \+PANG\n +got +\+PONG')
        self.assertTrue(result.stdout.endswith('0 passed, 2 failed\n'), result.stdout)


if __name__ == '__main__':
    unittest.main()
