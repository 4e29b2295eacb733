"""Plays one section against a running server and says what differed."""
import select
import time

from lib.expect import BadScript, Reader, matches, substitute
from lib.resp import Closed, Connection, Malformed, Reply, Silent, encode, show

RETRY_SECONDS = 5
END = b"the-end-of-this-section"


class Failure(Exception):
    def __init__(self, line, expected, got):
        super().__init__(f"line {line}: expected {expected}, got {got}")
        self.line, self.expected, self.got = line, expected, got


class Player:
    """The connections, captured names and unsent bytes of one section being played."""

    def __init__(self, port, proto):
        self.port, self.proto = port, proto
        self.conns, self.gone = {}, set()
        self.names = {}
        self.unsent, self.unsent_to = b"", None

    def connection(self, name):
        if name not in self.conns:
            conn = Connection(self.port)
            self.conns[name] = conn
            if self.proto == 3:
                conn.call("HELLO", "3")
        return self.conns[name]

    def flush(self):
        if self.unsent:
            data, self.unsent = self.unsent, b""
            self.connection(self.unsent_to).send(data)

    def queue(self, name, data):
        """Requests to one connection in a row leave in one write, as a pipeline."""
        if self.unsent_to != name:
            self.flush()
            self.unsent_to = name
        self.unsent += data

    def args(self, step):
        return [substitute(arg, {**self.names, **step.names}) for arg in step.args]

    def play(self, steps):
        last = None
        for step in steps:
            if step.verb == "expect" and step.proto not in (None, self.connection(step.conn).proto):
                continue
            if step.verb == "send":
                self.queue(step.conn, encode(self.args(step)))
            elif step.verb == "raw":
                self.queue(step.conn, b"".join(self.args(step)))
            elif step.verb in ("retry", "scan"):
                self.flush()
            else:
                self.flush()
                getattr(self, step.verb)(step, last)
            last = step
        self.flush()
        self.finish(steps)

    def expect(self, step, last):
        conn = self.connection(step.conn)
        retry_until = time.monotonic() + RETRY_SECONDS
        names = {**self.names, **step.names}
        while True:
            reply = self.read(conn, step, last)
            node = Reader(substitute(step.text, names)).parse()
            if matches(node, reply, conn.proto, self.names):
                return
            if last.verb != "retry" or time.monotonic() > retry_until:
                raise Failure(step.line, substitute(step.text, names), show(reply))
            time.sleep(0.005)

    def read(self, conn, step, last):
        try:
            if last.verb == "retry":
                conn.send(encode(self.args(last)))
            if last.verb == "scan":
                return self.scan(conn, self.args(last))
            return conn.read()
        except Closed:
            raise Failure(step.line, step.text, "the connection closed") from None
        except Silent:
            raise Failure(step.line, step.text, f"nothing in {conn.timeout:.0f} s") from None

    def scan(self, conn, args):
        """Repeats a SCAN-like request, its cursor written `*`, until done: the distinct items."""
        cursor, seen = b"0", {}
        for _ in range(100000):
            reply = conn.call(*[cursor if arg == b"*" else arg for arg in args])
            if reply.kind != "*" or len(reply.value) != 2:
                return reply
            cursor = reply.value[0].value
            seen.update((item.value, item) for item in reply.value[1].value)
            if cursor == b"0":
                return Reply("*", [seen[key] for key in sorted(seen)])
        return Reply("-", b"the cursor never came back to 0")

    def close(self, step, _):
        try:
            got = show(self.connection(step.conn).read())
        except Closed:
            self.gone.add(step.conn)
            return
        except Silent:
            got = "an open connection"
        raise Failure(step.line, "the connection closed", got)

    def silent(self, step, _):
        """Fails if anything arrives within a moment; a slow server only makes this weaker."""
        conn = self.connection(step.conn)
        if conn.at != len(conn.buffer) or select.select([conn.sock], [], [], 0.02)[0]:
            raise Failure(step.line, "no reply yet", show(conn.read()))

    def hangup(self, step, _):
        self.connection(step.conn).close()
        self.gone.add(step.conn)

    def sleep(self, step, _):
        time.sleep(step.args)

    def finish(self, steps):
        """Every connection left must answer one more PING next: no reply was left unread."""
        line = steps[-1].line if steps else 0
        for name, conn in self.conns.items():
            if name in self.gone:
                continue
            conn.send(encode([b"PING", END]))
            try:
                reply = conn.read()
            except (Closed, Silent):
                raise Failure(line, "an open connection at the end", "none") from None
            if reply.kind == "*" and len(reply.value) == 2 and reply.value[0].value == b"pong":
                reply = reply.value[1]  # as RESP2 answers who has subscribed
            if reply.value != END and not (reply.kind == "-" and reply.value[:6] == b"NOAUTH"):
                raise Failure(line, "no more replies", show(reply))

    def stop(self):
        for conn in self.conns.values():
            conn.close()


def play_section(section, port, proto):
    """None when all is as expected, else the Failure."""
    player = Player(port, proto)
    try:
        player.play(section.steps)
    except Failure as failure:
        return failure
    except (OSError, Closed, Silent, Malformed, BadScript) as error:
        return Failure(section.line, "a conversation", f"{type(error).__name__}: {error}")
    finally:
        player.stop()
    return None


def play_split(section, port, proto, control):
    """Sends the section's bytes whole, then cut at every position: the replies must not differ."""
    stream = b"".join(encode(s.args) if s.verb == "send" else b"".join(s.args)
                      for s in section.steps if s.verb in ("send", "raw"))
    count = sum(s.verb == "expect" and s.proto in (None, proto) for s in section.steps)
    closes = any(s.verb == "close" for s in section.steps)

    def replies(cut):
        control.call("FLUSHALL")
        player = Player(port, proto)
        try:
            conn = player.connection("")
            conn.send(stream[:cut])
            if cut < len(stream):
                control.call("PING")
                conn.send(stream[cut:])
            got = [show(conn.read(), 1 << 20) for _ in range(count)]
            if closes:
                try:
                    got.append(show(conn.read()))
                except Closed:
                    got.append("closed")
            return got
        except (Closed, Silent, Malformed) as error:
            return [f"{type(error).__name__} after {cut} bytes"]
        finally:
            player.stop()

    whole = replies(len(stream))
    for cut in range(1, len(stream)):
        parts = replies(cut)
        if parts != whole:
            return Failure(section.line, f"{whole} when cut after {cut} bytes", parts)
    return None
