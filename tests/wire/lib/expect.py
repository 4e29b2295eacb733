"""Expectations of .wire files: their small grammar, and matching them against replies."""
import re
import time

ESCAPES = {"n": b"\n", "r": b"\r", "t": b"\t", '"': b'"', "\\": b"\\", "a": b"\a", "b": b"\b"}


class BadScript(Exception):
    """The .wire file itself is wrong."""


def read_quoted(text, at):
    """Reads `"..."` with escapes and an optional `*count` at `at`: (bytes, next position)."""
    out = bytearray()
    at += 1
    while True:
        if at >= len(text):
            raise BadScript('a string lacks its closing "')
        char = text[at]
        if char == '"':
            at += 1
            break
        if char != "\\":
            out += char.encode()
            at += 1
        elif text[at + 1:at + 2] == "x":
            out.append(int(text[at + 2:at + 4], 16))
            at += 4
        elif text[at + 1:at + 2] in ESCAPES:
            out += ESCAPES[text[at + 1]]
            at += 2
        else:
            raise BadScript(f"unknown escape {text[at:at + 2]}")
    times = re.compile(r"\*(\d+)").match(text, at)
    if times:
        return bytes(out) * int(times[1]), times.end()
    return bytes(out), at


def substitute(text, names):
    """Replaces %name%, %name+5%, %now%, %now_ms-1% in str or bytes; unknown names stay."""
    is_bytes = isinstance(text, bytes)
    source = text.decode("latin1") if is_bytes else text

    def value(found):
        name, offset = found[1], found[2]
        if name == "now":
            base = int(time.time())
        elif name == "now_ms":
            base = int(time.time() * 1000)
        elif name in names:
            base = names[name]
        else:
            return found[0]
        return str(int(base) + int(offset)) if offset else str(base)

    if "%" not in source:
        return text
    result = re.sub(r"%([a-z_]\w*)([+-]\d+)?%", value, source)
    return result.encode("latin1") if is_bytes else result


class Reader:
    """Turns the text of one expectation into a tree of tuples."""

    def __init__(self, text):
        self.text = text.strip()
        self.at = 0

    def parse(self):
        node = self.value(nested=False)
        self.space()
        if self.at != len(self.text):
            raise BadScript(f"unexpected {self.text[self.at:]!r} after the expectation")
        return node

    def space(self):
        while self.at < len(self.text) and self.text[self.at].isspace():
            self.at += 1

    def take(self, pattern):
        found = re.compile(pattern, re.S).match(self.text, self.at)
        if found:
            self.at = found.end()
        return found

    def value(self, nested):
        self.space()
        if self.take(r"nil\*"):
            return ("nil", "*nil")
        if self.take(r"nil\b"):
            return ("nil", "$nil")
        found = self.take(r"(true|false)\b")
        if found:
            return ("bool", found[1] == "true")
        found = self.take(r"any\b(?: as (\w+))?")
        if found:
            return ("any", None, found[1])
        found = self.take(r"(unordered |set |push )?\s*\[")
        if found:
            return self.items((found[1] or "array").strip())
        if self.take(r"\{"):
            return self.pairs()
        found = self.take(r"[-+$:,(=]")
        if not found:
            raise BadScript(f"no expectation starts like {self.text[self.at:]!r}")
        return self.scalar(found[0], nested)

    def scalar(self, kind, nested):
        found = self.take(r"any(?: as (\w+))?(?=\s*(?:[],}]|=>|$))")
        if found:
            return ("any", kind, found[1])
        if self.take("~ ?"):
            if kind in (":", ","):
                found = self.take(r"(-?[\d.]+)\.\.(-?[\d.]+)")
                if not found:
                    raise BadScript("a range is written low..high")
                return ("range", kind, float(found[1]), float(found[2]))
            found = self.take(r"/((?:[^/\\]|\\.)*)/") if nested else self.take(r"(.*)$")
            if not found:
                raise BadScript("inside brackets a pattern is written ~/pattern/")
            return ("pattern", kind, found[1])
        if self.take(r'(?=")'):
            data = b""
            while self.take(r'\s*(?=")'):
                part, self.at = read_quoted(self.text, self.at)
                data += part
        else:
            found = self.take(r"[^],}]*?(?=\s*(?:[],}]|=>|$))") if nested else self.take(r".*$")
            data = found[0].encode()
        if kind == ":":
            return ("scalar", kind, int(data))
        return ("scalar", kind, data)

    def items(self, kind):
        nodes, open_end = [], False
        while True:
            self.space()
            if self.take(r"\]"):
                return ("items", kind, nodes, open_end)
            if self.take(r"\.\.\.\s*,?"):
                open_end = True
                continue
            nodes.append(self.value(nested=True))
            self.space()
            if not self.take(",") and not self.take(r"(?=\])"):
                raise BadScript(f"expected , or ] at {self.text[self.at:]!r}")

    def pairs(self):
        nodes, open_end = [], False
        while True:
            self.space()
            if self.take(r"\}"):
                return ("pairs", nodes, open_end)
            if self.take(r"\.\.\.\s*,?"):
                open_end = True
                continue
            key = self.value(nested=True)
            self.space()
            if not self.take("=>"):
                raise BadScript(f"expected => at {self.text[self.at:]!r}")
            nodes.append((key, self.value(nested=True)))
            self.space()
            if not self.take(",") and not self.take(r"(?=\})"):
                raise BadScript(f"expected , or }} at {self.text[self.at:]!r}")


def kinds_of(kind, proto):
    """The wire types that may carry an expected type in this protocol."""
    if proto == 2 and kind in "=,(":
        return "$"
    return kind


def payload(reply):
    """The text of a reply; a verbatim string loses its `txt:` prefix."""
    if reply.kind == "=":
        return reply.value[4:]
    return str(reply.value).encode() if isinstance(reply.value, int) else reply.value


def matches(node, reply, proto, names):
    """True when the reply is as expected; captured values land in `names`."""
    what = node[0]
    if what == "any":
        if node[1] and reply.kind != kinds_of(node[1], proto):
            return False
        if node[2]:
            names[node[2]] = payload(reply).decode("latin1")
        return True
    if what == "nil":
        return reply.kind == ("_" if proto == 3 else node[1])
    if what == "bool":
        if proto == 3:
            return reply.kind == "#" and reply.value == node[1]
        return reply.kind == ":" and reply.value == int(node[1])
    if what == "scalar":
        return reply.kind == kinds_of(node[1], proto) and \
            (reply.value if node[1] == ":" else payload(reply)) == node[2]
    if what == "range":
        return reply.kind == kinds_of(node[1], proto) and \
            node[2] <= float(reply.value) <= node[3]
    if what == "pattern":
        if reply.kind != kinds_of(node[1], proto):
            return False
        found = re.fullmatch(node[2], payload(reply).decode("latin1"), re.S)
        if found:
            names.update(found.groupdict())
        return bool(found)
    if what == "items":
        return items_match(node, reply, proto, names)
    return pairs_match(node, reply, proto, names)


def items_match(node, reply, proto, names):
    _, kind, nodes, open_end = node
    wanted = {"set": "~" if proto == 3 else "*", "push": ">" if proto == 3 else "*"}.get(kind, "*")
    if reply.kind != wanted or len(reply.value) < len(nodes):
        return False
    if len(reply.value) > len(nodes) and not open_end:
        return False
    if kind not in ("set", "unordered"):
        return all(matches(n, r, proto, names) for n, r in zip(nodes, reply.value))
    left = list(reply.value)
    for item in nodes:
        hit = next((i for i, r in enumerate(left) if matches(item, r, proto, names)), None)
        if hit is None:
            return False
        del left[hit]
    return True


def pairs_match(node, reply, proto, names):
    _, nodes, open_end = node
    if reply.kind != ("%" if proto == 3 else "*"):
        return False
    left = list(reply.value)
    if proto == 2:
        if len(left) % 2:
            return False
        left = list(zip(left[::2], left[1::2]))
    if len(left) != len(nodes) and not (open_end and len(left) > len(nodes)):
        return False
    for key, value in nodes:
        hit = next((i for i, (k, _) in enumerate(left) if matches(key, k, proto, names)), None)
        if hit is None or not matches(value, left[hit][1], proto, names):
            return False
        del left[hit]
    return True
