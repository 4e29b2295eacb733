#!/usr/bin/env python3
"""What an operator does to a running server: settings that take effect, files rewritten, stops, logs."""
import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
import unittest

from harness import BINARY, GYRE, ROOT, Server
from lib.resp import Closed, Connection, encode
from lib.server import free_port

PLAIN = BINARY + ' --port {port} --cores {cores} --dir {dir}'


def text(reply):
    return reply.value.decode() if isinstance(reply.value, bytes) else reply.value


def request(*words):
    return encode([word.encode() for word in words])


class OperatorCase(unittest.TestCase):
    cores = 2

    def start(self, command=GYRE, options=()):
        server = Server(command, self.cores, list(options))
        self.addCleanup(server.stop)
        self.addCleanup(lambda: server.control.close())
        return server

    def connect(self, port):
        connection = Connection(port, timeout=20)
        self.addCleanup(connection.close)
        return connection

    def info(self, connection, section):
        lines = text(connection.call('INFO', section)).split('\r\n')
        return dict(line.split(':', 1) for line in lines if ':' in line)

    def assert_closed(self, connection):
        with self.assertRaises((Closed, OSError)):
            connection.call('PING')


class Settings(OperatorCase):
    def test_a_new_port_is_listened_on_instead_of_the_old_one(self):
        server = self.start()
        other = free_port()
        self.assertEqual(text(server.control.call('CONFIG', 'SET', 'port', str(other))), 'OK')
        self.assertEqual(text(self.connect(other).call('PING')), 'PONG')
        with self.assertRaises(OSError):
            socket.create_connection(('127.0.0.1', server.port), timeout=5)
        self.assertEqual(text(server.control.call('PING')), 'PONG', 'a connection of the old port stays')
        self.assertEqual(text(server.control.call('CONFIG', 'SET', 'port', str(server.port))), 'OK')
        self.assertEqual(text(self.connect(server.port).call('PING')), 'PONG')

    def test_a_port_that_is_taken_changes_nothing(self):
        server = self.start()
        with socket.socket() as taken:
            taken.bind(('0.0.0.0', 0))
            taken.listen()
            port = str(taken.getsockname()[1])
            answer = text(server.control.call('CONFIG', 'SET', 'timeout', '7', 'port', port))
        self.assertEqual(answer, "ERR CONFIG SET failed (possibly related to argument 'port') - "
                                 'Unable to listen on this port. Check server logs.')
        self.assertEqual(text(self.connect(server.port).call('PING')), 'PONG')
        self.assertEqual([text(item) for item in server.control.call('CONFIG', 'GET', 'timeout').value],
                         ['timeout', '0'])

    def test_bind_moves_to_another_address(self):
        server = self.start()
        self.assertEqual(text(server.control.call('CONFIG', 'SET', 'bind', '127.0.0.2')), 'OK')
        with self.assertRaises(OSError):
            socket.create_connection(('127.0.0.1', server.port), timeout=5)
        socket.create_connection(('127.0.0.2', server.port), timeout=5).close()
        answer = text(server.control.call('CONFIG', 'SET', 'bind', '198.51.100.1'))
        self.assertIn('Failed to bind to specified addresses.', answer)
        socket.create_connection(('127.0.0.2', server.port), timeout=5).close()

    def test_an_idle_client_is_disconnected_after_timeout(self):
        server = self.start()
        idle = self.connect(server.port)
        self.assertEqual(text(idle.call('PING')), 'PONG')
        self.assertEqual(text(server.control.call('CONFIG', 'SET', 'timeout', '1')), 'OK')
        deadline = time.monotonic() + 20
        while time.monotonic() < deadline:
            if text(server.control.call('CLIENT', 'LIST')).count('\n') == 1:
                break
            time.sleep(0.1)
        self.assert_closed(idle)

    def test_maxclients_holds_on_every_core(self):
        server = self.start()
        self.assertEqual(text(server.control.call('CONFIG', 'SET', 'maxclients', '3')), 'OK')
        clients = [self.connect(server.port) for _ in range(2)]
        for client in clients:
            self.assertEqual(text(client.call('PING')), 'PONG')
        with socket.create_connection(('127.0.0.1', server.port), timeout=20) as refused:
            self.assertEqual(refused.recv(100), b'-ERR max number of clients reached\r\n')
        self.assertEqual(self.info(server.control, 'stats')['rejected_connections'], '1')

    def test_loglevel_decides_what_is_logged(self):
        server = self.start()
        self.assertEqual(text(server.control.call('CONFIG', 'SET', 'requirepass', 'secret')), 'OK')
        server.control.call('AUTH', 'wrong')
        self.assertEqual(text(server.control.call('CONFIG', 'SET', 'loglevel', 'verbose')), 'OK')
        self.assertEqual(text(server.control.call('AUTH', 'wrong')),
                         'WRONGPASS invalid username-password pair or user is disabled.')
        with open(server.log, encoding='utf-8') as log:
            self.assertEqual(log.read().count('wrong user or password'), 1)

    def test_changes_made_at_once_leave_all_cores_with_one_of_them(self):
        server = self.start()
        clients = [self.connect(server.port) for _ in range(4)]
        for round_ in range(100):
            for number, client in enumerate(clients):
                client.send(request('CONFIG', 'SET', 'lfu-decay-time', str(round_ * 4 + number)))
            for client in clients:
                self.assertEqual(text(client.read()), 'OK')
            seen = {text(client.call('CONFIG', 'GET', 'lfu-decay-time').value[1]) for client in clients}
            self.assertEqual(len(seen), 1, seen)
            self.assertIn(int(seen.pop()), range(round_ * 4, round_ * 4 + 4))


class Files(OperatorCase):
    def with_file(self, path, flag):
        return f'{BINARY} {flag}{path} --port {{port}} --cores {{cores}} --dir {{dir}}'

    def rewrite(self, name, content, flag):
        with tempfile.TemporaryDirectory() as folder:
            path = os.path.join(folder, name)
            with open(path, 'w', encoding='utf-8') as file:
                file.write(content)
            server = self.start(self.with_file(path, flag))
            self.assertEqual(self.info(server.control, 'server')['config_file'], path)
            self.assertEqual(text(server.control.call('CONFIG', 'SET', 'maxclients', '77', 'timeout', '9')), 'OK')
            self.assertEqual(text(server.control.call('CONFIG', 'REWRITE')), 'OK')
            with open(path, encoding='utf-8') as file:
                rewritten = file.read()
            again = self.start(self.with_file(path, flag))
            values = [text(item) for item in again.control.call('CONFIG', 'GET', 'maxclients', 'timeout').value]
            self.assertEqual(dict(zip(values[::2], values[1::2])), {'maxclients': '77', 'timeout': '9'})
        return rewritten

    def test_rewrite_of_toml(self):
        content = self.rewrite('gyre.toml', '# mine\n[limits]\nmaxclients = 50  # few\n', '--config ')
        self.assertIn('maxclients = 77  # few', content)
        self.assertIn('# mine', content)

    def test_rewrite_of_a_redis_conf(self):
        content = self.rewrite('my.conf', '# mine\nmaxclients 50\n', '')
        self.assertIn('# mine\nmaxclients 77\n', content)
        self.assertIn('\ntimeout 9\n', content)


class Service(OperatorCase):
    def unit(self):
        with open(os.path.join(ROOT, 'config', 'gyre.service'), encoding='utf-8') as file:
            lines = [line.strip().split('=', 1) for line in file if '=' in line and line[0] not in '#[']
        return {name: [value for key, value in lines if key == name] for name, _ in lines}

    def lay_out(self, unit):
        """A file system as the unit finds it; a nobody may write where the unit lets its user write."""
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        os.chmod(folder.name, 0o755)
        writable = ['/var/lib/' + name for name in unit['StateDirectory']] + unit.get('ReadWritePaths', [])
        for path in ['/etc/gyre', '/usr/local/bin', *writable]:
            os.makedirs(folder.name + path)
        shutil.copy(BINARY, folder.name + '/usr/local/bin/gyre-server')
        for path in ('/etc/gyre', *writable):
            shutil.copy(os.path.join(ROOT, 'config', 'gyre.toml'), folder.name + path)
            os.chmod(folder.name + path, 0o755 if path in writable else 0o555)
            if path in writable and os.getuid() == 0:
                os.chown(folder.name + path, 65534, 65534)
        return folder.name

    def test_settings_can_be_rewritten_under_the_unit(self):
        unit = self.unit()
        root = self.lay_out(unit)
        words = [root + word if word[0] == '/' else word for word in unit['ExecStart'][0].split()]
        listener = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.addCleanup(listener.close)
        listener.bind(root + '/notify')
        os.chmod(root + '/notify', 0o777)
        listener.settimeout(20)
        port = free_port()
        nobody = {'user': 65534, 'group': 65534, 'extra_groups': []} if os.getuid() == 0 else {}
        server = subprocess.Popen(words + ['--port', str(port), '--cores', '2'], stdout=subprocess.DEVNULL,
                                  cwd=root + unit['WorkingDirectory'][0], env={'NOTIFY_SOCKET': root + '/notify'},
                                  **nobody)
        self.addCleanup(server.wait)
        self.addCleanup(server.kill)
        self.assertEqual(unit['Type'], ['notify'])
        self.assertIn(b'READY=1', listener.recv(1000).split(b'\n'))
        control = self.connect(port)
        self.assertEqual(text(control.call('CONFIG', 'SET', 'maxclients', '77')), 'OK')
        self.assertEqual(text(control.call('CONFIG', 'REWRITE')), 'OK')
        with open(words[words.index('--config') + 1], encoding='utf-8') as file:
            self.assertIn('maxclients = 77', file.read())


class Debug(OperatorCase):
    def test_debug_is_off_unless_allowed(self):
        server = self.start(PLAIN)
        answer = text(server.control.call('DEBUG', 'SLEEP', '0'))
        self.assertTrue(answer.startswith('ERR DEBUG command not allowed. If the enable-debug-command option is '
                                          'set to "local", you can run it from a local connection'), answer)

    def test_local_clients_may_where_local_is_set(self):
        server = self.start(PLAIN + ' --enable-debug-command local')
        self.assertEqual(text(server.control.call('DEBUG', 'SLEEP', '0')), 'OK')

    def test_sleep_stops_every_core(self):
        server = self.start()
        clients = [self.connect(server.port) for _ in range(4)]
        for client in clients:
            self.assertEqual(text(client.call('PING')), 'PONG')
        begin = time.monotonic()
        server.control.send(request('DEBUG', 'SLEEP', '0.5'))
        time.sleep(0.1)
        for client in clients:
            self.assertEqual(text(client.call('PING')), 'PONG')
            self.assertGreater(time.monotonic() - begin, 0.45)
        self.assertEqual(text(server.control.read()), 'OK')


class Waits(OperatorCase):
    def test_paused_pipelines_do_not_keep_others_from_being_heard(self):
        server = self.start()
        waiting = [self.connect(server.port) for _ in range(200)]
        self.assertEqual(text(server.control.call('CLIENT', 'PAUSE', '600000', 'WRITE')), 'OK')
        # Each holds more than a receive buffer, all together more than there are.
        pipeline = b''.join(request('SET', f'key:{n}', 'v' * 100) for n in range(400))
        for client in waiting:
            client.send(pipeline)
        for client in [self.connect(server.port) for _ in range(8)]:
            self.assertIsNone(client.call('GET', 'key:1').value)
        self.assertEqual(text(server.control.call('CLIENT', 'UNPAUSE')), 'OK')
        for client in waiting:
            for _ in range(400):
                self.assertEqual(text(client.read()), 'OK')

    def test_commands_that_wait_are_answered_with_the_fewest_receive_buffers(self):
        server = self.start(options=['io-recv-buffers=1'])
        clients = [self.connect(server.port) for _ in range(20)]
        pipeline = b''.join(request('MSET', *(f'{word}:{n}' for word in ('a', 'b', 'c', 'd'))) +
                            request('MGET', f'a:{n}', f'c:{n}', 'x') + request('DBSIZE') + request('GET', f'a:{n}')
                            for n in range(300))
        for client in clients:
            client.send(pipeline)
        for client in clients:
            for n in range(300):
                self.assertEqual(text(client.read()), 'OK')
                self.assertEqual([text(item) for item in client.read().value], [f'b:{n}', f'd:{n}', None])
                self.assertGreater(int(text(client.read())), 2 * n)
                self.assertEqual(text(client.read()), f'b:{n}')


class Process(OperatorCase):
    """How the process is started and watched over."""

    def wait_for(self, condition, what):
        deadline = time.monotonic() + 20
        while not condition():
            self.assertLess(time.monotonic(), deadline, what)
            time.sleep(0.01)

    def folder(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        return folder.name

    def background(self, *options, env=None):
        """Starts a server that goes into the background; the process that was called, and a connection."""
        port = free_port()
        called = subprocess.Popen([BINARY, '--port', str(port), '--cores', '2', '--daemonize', 'yes', *options],
                                  stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, env=env)
        self.addCleanup(called.stdout.close)
        self.addCleanup(called.wait)
        self.wait_for(lambda: self.answers(port), 'it does not answer')
        control = self.connect(port)
        pid = int(self.info(control, 'server')['process_id'])
        self.addCleanup(self.kill, pid)
        return called, control, pid

    def answers(self, port):
        try:
            socket.create_connection(('127.0.0.1', port), timeout=5).close()
            return True
        except OSError:
            return False

    def kill(self, pid):
        try:
            os.kill(pid, signal.SIGKILL)
        except ProcessLookupError:
            pass

    def test_a_pidfile_holds_the_id_until_the_server_stops(self):
        path = os.path.join(self.folder(), 'gyre.pid')
        server = self.start(options=[f'pidfile={path}'])
        self.wait_for(lambda: os.path.exists(path) and os.path.getsize(path), 'no pidfile')
        with open(path, encoding='utf-8') as file:
            self.assertEqual(file.read(), f'{server.process.pid}\n')
        server.control.send(request('SHUTDOWN'))
        self.assertEqual(server.process.wait(timeout=20), 0)
        self.assertFalse(os.path.exists(path))

    def test_a_relative_pidfile_is_removed_from_where_it_was_written(self):
        server = self.start(options=['pidfile=here.pid', 'enable-protected-configs=yes'])
        path = os.path.join(server.dir, 'here.pid')
        self.wait_for(lambda: os.path.exists(path), 'no pidfile')
        self.assertEqual(text(server.control.call('CONFIG', 'SET', 'dir', self.folder())), 'OK')
        server.process.send_signal(signal.SIGTERM)
        self.assertEqual(server.process.wait(timeout=20), 0)
        self.assertFalse(os.path.exists(path))

    def test_a_pidfile_that_cannot_be_written_is_a_warning(self):
        server = self.start(options=['pidfile=/nonexistent/gyre.pid'])
        with open(server.log, encoding='utf-8') as log:
            self.assertIn('# Failed to write PID file: No such file or directory', log.read())

    def test_daemonize_goes_on_in_the_background(self):
        folder = self.folder()
        path = os.path.join(folder, 'gyre.pid')
        called, control, pid = self.background('--pidfile', path, '--logfile', os.path.join(folder, 'log'))
        self.assertEqual(called.wait(timeout=20), 0)
        self.assertEqual(called.stdout.read(), b'', 'its end of the pipe is closed')
        self.assertNotEqual(pid, called.pid)
        self.assertEqual(os.getsid(pid), pid)
        self.assertEqual({os.readlink(f'/proc/{pid}/fd/{fd}') for fd in range(3)}, {'/dev/null'})
        self.wait_for(lambda: os.path.exists(path) and os.path.getsize(path), 'no pidfile')
        with open(path, encoding='utf-8') as file:
            self.assertEqual(int(file.read()), pid)
        self.assertEqual(text(control.call('SET', 'k', 'v')), 'OK')
        control.send(request('SHUTDOWN'))
        self.assertRaises((Closed, OSError), control.read)
        self.wait_for(lambda: not os.path.exists(path), 'the pidfile stays')

    def test_a_fault_is_reported_before_anything_goes_into_the_background(self):
        faulty = subprocess.run([BINARY, '--daemonize', 'yes', '--port', 'x'], capture_output=True, timeout=20)
        self.assertEqual(faulty.returncode, 1)
        self.assertIn(b"argument couldn't be parsed into an integer", faulty.stderr)

    def notify_socket(self, address):
        listener = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.addCleanup(listener.close)
        listener.bind(address)
        listener.settimeout(20)
        return listener

    def test_systemd_hears_of_start_and_stop(self):
        name = f'gyre-test-{os.getpid()}'
        for shown, address in ((os.path.join(self.folder(), 'notify'),) * 2, ('@' + name, '\0' + name)):
            for mode in ('systemd', 'auto'):
                listener = self.notify_socket(address) if mode == 'systemd' else listener
                # Supervised, it stays in the foreground.
                called, control, pid = self.background('--supervised', mode, env={'NOTIFY_SOCKET': shown})
                self.assertEqual(pid, called.pid)
                self.assertIn(b'READY=1', listener.recv(1000).split(b'\n'))
                self.assertEqual(self.info(control, 'server')['process_supervised'], 'systemd')
                os.kill(pid, signal.SIGTERM)
                self.assertIn(b'STOPPING=1', listener.recv(1000).split(b'\n'))
                self.assertEqual(called.wait(timeout=20), 0)

    def test_nobody_is_told_unless_asked_for(self):
        path = os.path.join(self.folder(), 'notify')
        listener = self.notify_socket(path)
        called, control, pid = self.background(env={'NOTIFY_SOCKET': path})
        self.assertEqual(called.wait(timeout=20), 0)
        self.assertEqual(self.info(control, 'server')['process_supervised'], 'no')
        control.send(request('SHUTDOWN'))
        self.assertRaises((Closed, OSError), control.read)
        listener.setblocking(False)
        with self.assertRaises(BlockingIOError):
            listener.recv(1000)

    def test_upstart_continues_the_server_that_stops_itself(self):
        port = free_port()
        command = [BINARY, '--port', str(port), '--supervised', 'upstart']
        process = subprocess.Popen(command, stdout=subprocess.DEVNULL, env={'UPSTART_JOB': 'gyre'})
        self.addCleanup(process.wait)
        self.addCleanup(process.kill)
        stopped = os.WSTOPPED | os.WEXITED | os.WNOHANG | os.WNOWAIT
        self.wait_for(lambda: os.waitid(os.P_PID, process.pid, stopped), 'it does not stop')
        self.assertIsNone(process.poll())
        process.send_signal(signal.SIGCONT)
        self.assertEqual(self.info(self.connect(port), 'server')['process_supervised'], 'upstart')


class Stops(OperatorCase):
    def exit_code(self, server):
        return server.process.wait(timeout=20)

    def test_shutdown_ends_the_process_with_0(self):
        server = self.start()
        other = self.connect(server.port)
        self.assertEqual(text(other.call('SET', 'k', 'v')), 'OK')
        other.send(request('SHUTDOWN', 'NOSAVE'))
        self.assertEqual(self.exit_code(server), 0)
        self.assert_closed(other)

    def test_a_stop_does_not_wait_for_paused_commands(self):
        for way in ('SHUTDOWN', 'SIGTERM'):
            server = self.start()
            waiting = [self.connect(server.port) for _ in range(4)]
            self.assertEqual(text(server.control.call('CLIENT', 'PAUSE', '60000', 'WRITE')), 'OK')
            for client in waiting:
                client.send(request('SET', 'k', 'v'))
                client.send(request('MSET', 'a', '1', 'b', '2', 'c', '3'))
            time.sleep(0.2)
            if way == 'SHUTDOWN':
                server.control.send(request('SHUTDOWN'))
            else:
                server.process.send_signal(signal.SIGTERM)
            self.assertEqual(self.exit_code(server), 0, way)


class Logs(OperatorCase):
    def test_http_requests_are_logged_once_a_minute(self):
        server = self.start()
        for _ in range(3):
            with socket.create_connection(('127.0.0.1', server.port), timeout=20) as browser:
                browser.sendall(b'POST / HTTP/1.1\r\nHost: localhost\r\n\r\nSET k v\r\n')
                self.assertEqual(browser.recv(100), b'')
        with open(server.log, encoding='utf-8') as log:
            lines = [line for line in log if 'Possible SECURITY ATTACK detected' in line]
        self.assertTrue(1 <= len(lines) <= self.cores, lines)
        self.assertRegex(lines[0], r'Connection from 127\.0\.0\.1:\d+ aborted')


class Numbers(OperatorCase):
    def test_memory_follows_the_data(self):
        server = self.start()
        before = self.info(server.control, 'memory')
        self.assertEqual(text(server.control.call('DEBUG', 'POPULATE', '100000', 'key', '100')), 'OK')
        after = self.info(server.control, 'memory')
        self.assertGreater(int(after['used_memory']), int(before['used_memory']) + 10_000_000)
        self.assertGreater(int(after['used_memory_dataset']), 10_000_000)
        self.assertGreaterEqual(int(after['used_memory_peak']), int(after['used_memory']))
        self.assertEqual(int(after['used_memory']),
                         int(after['used_memory_overhead']) + int(after['used_memory_dataset']))

    def test_runtime_counts_per_core(self):
        server = self.start()
        clients = [self.connect(server.port) for _ in range(4)]
        for client in clients:
            for index in range(100):
                client.call('SET', f'key:{index}', 'v')
        runtime = self.info(server.control, 'runtime')
        cores = [dict(pair.split('=') for pair in runtime[f'core{n}'].split(',')) for n in range(self.cores)]
        self.assertEqual(sum(int(core['keys']) for core in cores), 100)
        self.assertEqual(sum(int(core['clients']) for core in cores), 5)
        self.assertTrue(all(int(core['keys']) > 10 for core in cores), cores)
        self.assertGreater(int(runtime['core_messages']), 100)
        self.assertGreater(int(runtime['io_enters']), 0)

    def test_unix_clients_are_shown_as_such(self):
        with tempfile.TemporaryDirectory() as folder:
            path = os.path.join(folder, 'gyre.sock')
            self.start(options=[f'unixsocket={path}'])
            with socket.socket(socket.AF_UNIX) as client:
                client.settimeout(20)
                client.connect(path)
                client.sendall(b'CLIENT INFO\r\n')
                line = client.recv(1000).decode()
            self.assertIn(f'addr={path}:0 laddr={path}:0 ', line)
            self.assertIn(' flags=U ', line)

    def test_addresses_of_ipv6_are_in_brackets(self):
        server = self.start()
        try:
            client = socket.create_connection(('::1', server.port), timeout=20)
        except OSError:
            self.skipTest('no IPv6 here')
        with client:
            client.sendall(b'CLIENT INFO\r\n')
            self.assertRegex(client.recv(1000).decode(), r'addr=\[::1\]:\d+ laddr=\[::1\]:\d+ ')


if __name__ == '__main__':
    unittest.main()
