"""Starts the server under test: Gyre, a Redis or Valkey, or any command with {port} and {dir}."""
import os
import re
import shlex
import shutil
import socket
import subprocess
import tempfile
import time

from lib.resp import Closed, Connection, Malformed, Silent

START_SECONDS = 20


def free_port():
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        return sock.getsockname()[1]


def peer_identity(path):
    """("redis" | "valkey", (major, minor, patch)) of a peer binary."""
    text = subprocess.run([path, "--version"], capture_output=True, text=True, check=True).stdout
    found = re.search(r"v=(\d+)\.(\d+)\.(\d+)", text)
    if not found:
        raise SystemExit(f"{path} --version tells no version: {text!r}")
    return "valkey" if "alkey" in text else "redis", tuple(int(n) for n in found.groups())


class Server:
    """One server process in a directory of its own, restarted when it died."""

    def __init__(self, command, cores, options):
        self.template, self.cores, self.options = command, cores, options
        self.process = self.control = None
        self.dir = tempfile.mkdtemp(prefix="gyre-wire-")
        self.log = os.path.join(self.dir, "server.log")
        self.start()

    def start(self):
        self.port = free_port()
        values = {"port": self.port, "dir": self.dir, "cores": self.cores}
        command = [part.format(**values) for part in shlex.split(self.template)]
        for option in self.options:
            name, _, value = option.partition("=")
            command += [f"--{name}", value] if self.is_peer() else ["--set", option]
        with open(self.log, "ab") as log:
            self.process = subprocess.Popen(command, stdout=log, stderr=log,
                                            stdin=subprocess.DEVNULL, cwd=self.dir)
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline:
            if self.process.poll() is not None:
                raise SystemExit(f"{shlex.join(command)}\nexited with {self.process.returncode}:\n"
                                 + self.tail())
            try:
                self.control = Connection(self.port)
                if self.control.call("PING").value == b"PONG":
                    return
            except (OSError, Closed, Silent, Malformed):
                pass
            time.sleep(0.01)
        raise SystemExit(f"{shlex.join(command)}\nanswers no PING in {START_SECONDS} s\n"
                         + self.tail())

    def is_peer(self):
        return "enable-debug-command yes" in self.template

    def tail(self):
        with open(self.log, encoding="utf-8", errors="replace") as log:
            return "".join(log.readlines()[-15:])

    def died(self):
        """What to report if the process is gone, else None."""
        try:
            self.process.wait(timeout=0.05)
        except subprocess.TimeoutExpired:
            return None
        return f"the server exited with {self.process.returncode}\n{self.tail()}"

    def fresh(self):
        """Empties the server between sections; starts it again if it is dead or deaf."""
        try:
            if self.control.call("FLUSHALL").kind == "+":
                return
        except (OSError, Closed, Silent, Malformed):
            pass
        try:
            self.control.close()
            self.control = Connection(self.port)
            if self.control.call("FLUSHALL").kind == "+":
                return
        except (OSError, Closed, Silent, Malformed):
            pass
        self.stop_process()
        self.start()

    def stop_process(self):
        if self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(timeout=5)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()

    def stop(self):
        self.stop_process()
        shutil.rmtree(self.dir, ignore_errors=True)
