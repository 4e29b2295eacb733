"""A RESP2/RESP3 client connection that keeps every reply's exact wire type."""
import socket
import time


class Closed(Exception):
    """The server closed the connection."""


class Silent(Exception):
    """Nothing arrived before the deadline."""


class Malformed(Exception):
    """The bytes received are not RESP."""


class Reply:
    """One reply: `kind` is the wire's type byte; nil is `$nil`, `*nil` (RESP2) or `_` (RESP3)."""

    def __init__(self, kind, value):
        self.kind = kind
        self.value = value

    def __repr__(self):
        return show(self)


AGGREGATES = {"*": "[", "~": "set [", ">": "push ["}


def quote(data, nested):
    """Bytes in the notation of .wire files, quoted only when they need it."""
    text = "".join(chr(b) if 32 <= b < 127 and b not in b'"\\' else
                   {9: "\\t", 10: "\\n", 13: "\\r", 34: '\\"', 92: "\\\\"}.get(b, f"\\x{b:02x}")
                   for b in data)
    plain = text == data.decode("latin1") and text and text == text.strip() and \
        not set(text) & set('"[]{},=' if nested else '"') and text[0] != "~"
    return text if plain else f'"{text}"'


def show(reply, limit=400, nested=False):
    """A reply in the notation of .wire files, shortened for messages."""
    kind, value = reply.kind, reply.value
    if kind in ("$nil", "_"):
        text = "nil"
    elif kind == "*nil":
        text = "nil*"
    elif kind in AGGREGATES:
        items = ", ".join(show(item, limit, True) for item in value)
        text = AGGREGATES[kind] + (f" {items} ]" if items else "]")
    elif kind == "%":
        items = ", ".join(f"{show(k, limit, True)} => {show(v, limit, True)}" for k, v in value)
        text = f"{{ {items} }}"
    elif kind == "#":
        text = "true" if value else "false"
    else:
        text = kind + (str(value) if isinstance(value, int) else quote(value, nested))
    return text if len(text) <= limit else f"{text[:limit]}... ({len(text)} characters)"


def encode(argv):
    """A request as an array of bulk strings."""
    parts = [b"*%d\r\n" % len(argv)]
    for arg in argv:
        parts.append(b"$%d\r\n%s\r\n" % (len(arg), arg))
    return b"".join(parts)


class Connection:
    """One TCP connection; `proto` follows what HELLO and RESET answered."""

    def __init__(self, port, timeout=10.0):
        self.timeout = timeout
        self.sock = socket.create_connection(("127.0.0.1", port), timeout=timeout)
        self.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.buffer = bytearray()
        self.at = 0
        self.proto = 2

    def close(self):
        self.sock.close()

    def send(self, data):
        """Sends; a server that already hung up is noticed by the next read instead."""
        try:
            self.sock.settimeout(self.timeout)
            self.sock.sendall(data)
        except (BrokenPipeError, ConnectionResetError):
            pass

    def call(self, *argv):
        self.send(encode([a if isinstance(a, bytes) else str(a).encode() for a in argv]))
        return self.read()

    def read(self, timeout=None):
        self.deadline = time.monotonic() + (self.timeout if timeout is None else timeout)
        reply = self.parse()
        if self.at > 65536 or self.at == len(self.buffer):
            del self.buffer[:self.at]
            self.at = 0
        self.follow(reply)
        return reply

    def follow(self, reply):
        """Notes the protocol that a HELLO or RESET reply announces."""
        if reply.kind == "+" and reply.value == b"RESET":
            self.proto = 2
        elif reply.kind == "%":
            fields = {k.value: v.value for k, v in reply.value if isinstance(k.value, bytes)}
            if b"proto" in fields and b"server" in fields:
                self.proto = fields[b"proto"]
        elif reply.kind == "*" and reply.value and reply.value[0].value == b"server":
            self.proto = 2

    def fill(self):
        left = self.deadline - time.monotonic()
        if left <= 0:
            raise Silent()
        self.sock.settimeout(left)
        try:
            data = self.sock.recv(1 << 18)
        except (socket.timeout, TimeoutError):
            raise Silent() from None
        except ConnectionResetError:
            raise Closed() from None
        if not data:
            raise Closed()
        self.buffer += data

    def line(self):
        start = self.at
        while True:
            end = self.buffer.find(b"\r\n", start)
            if end >= 0:
                break
            start = max(self.at, len(self.buffer) - 1)
            self.fill()
        text = bytes(self.buffer[self.at:end])
        self.at = end + 2
        return text

    def exactly(self, size):
        while len(self.buffer) - self.at < size + 2:
            self.fill()
        data = bytes(self.buffer[self.at:self.at + size])
        if self.buffer[self.at + size:self.at + size + 2] != b"\r\n":
            raise Malformed(f"no CRLF after a string of {size} bytes")
        self.at += size + 2
        return data

    def parse(self):
        head = self.line()
        kind, rest = head[:1].decode("latin1"), head[1:]
        if kind in ("+", "-", ",", "("):
            return Reply(kind, rest)
        if kind == "_" and not rest:
            return Reply("_", None)
        if kind == "#" and rest in (b"t", b"f"):
            return Reply("#", rest == b"t")
        try:
            size = int(rest)
        except ValueError:
            raise Malformed(f"reply starts with {head[:80]!r}") from None
        if kind == ":":
            return Reply(":", size)
        if kind in ("$", "*") and size == -1:
            return Reply(kind + "nil", None)
        if kind in ("$", "="):
            return Reply(kind, self.exactly(size))
        if kind in ("*", "~", ">"):
            return Reply(kind, [self.parse() for _ in range(size)])
        if kind == "%":
            return Reply("%", [(self.parse(), self.parse()) for _ in range(size)])
        raise Malformed(f"unknown reply type {head[:80]!r}")
