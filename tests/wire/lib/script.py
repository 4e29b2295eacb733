"""Reads a .wire file into sections of steps; README.md beside run_wire.py tells the format."""
import re

from lib.expect import BadScript, Reader, read_quoted

STEP = re.compile(r"(?:(?P<loop>for \d+\.\.\d+) ?)?(?P<conn>[a-z]\d?)?(?P<space> )?"
                  r"(?P<verb>(?:raw|retry|scan)?>|<[23]?(?= |$)|!close|!silent|!hangup)"
                  r"(?: (?P<rest>.*))?$", re.S)


class Step:
    def __init__(self, verb, conn, line, text="", args=(), proto=None, names=None):
        self.verb = verb          # send raw retry scan expect close silent hangup sleep
        self.conn = conn
        self.line = line
        self.text = text          # of an expectation
        self.args = args          # of a request: bytes, before substitution
        self.proto = proto        # an expectation for only this protocol
        self.names = names or {}  # what %i% means inside a `for`


class Section:
    def __init__(self, path, title, line, defaults):
        self.path, self.title, self.line = path, title, line
        self.steps = []
        self.settings = dict(defaults)

    def runs_with(self, proto, cores):
        """False where the section's own `resp:` or `cores:` line excludes this round."""
        wanted = self.settings.get("resp")
        least = self.settings.get("cores")
        return (not wanted or int(wanted) == proto) and (not least or cores >= int(least))

    def holds_on(self, name, version):
        """Whether `peer:` lets a server of this name and version judge the section."""
        rule = self.settings.get("peer")
        if rule is None or name == "gyre":
            return True
        for word in re.sub(r"\(.*\)", "", rule).split():
            found = re.fullmatch(r"(redis|valkey)(?:(>=|<)([\d.]+))?", word)
            if found and found[1] == name:
                if not found[2]:
                    return True
                bound = tuple(int(n) for n in found[3].split("."))
                if (version >= bound) == (found[2] == ">="):
                    return True
        return False


def read_args(text):
    """Splits a request into arguments; quoted ones may hold escapes and repeat with *n."""
    args, at = [], 0
    while at < len(text):
        if text[at].isspace():
            at += 1
        elif text[at] == '"':
            data = b""
            while at < len(text) and text[at] == '"':
                part, at = read_quoted(text, at)
                data += part
            args.append(data)
        else:
            end = at
            while end < len(text) and not text[end].isspace():
                end += 1
            args.append(text[at:end].encode())
            at = end
    return args


def logical_lines(text):
    """Yields (number, line) without comments; an indented line continues the one above."""
    number, held = 0, None
    for index, line in enumerate(text.split("\n"), 1):
        line = line.rstrip()
        if line[:1] in (" ", "\t") and held is not None:
            held += "\n" + line
            continue
        if held is not None:
            yield number, held
            held = None
        if line and not line.startswith("#"):
            number, held = index, line
    if held is not None:
        yield number, held


def read_step(line, number):
    """The steps of one line: several when it starts with `for a..b`."""
    if line.startswith("sleep "):
        found = re.fullmatch(r"sleep (\d+)ms", line)
        if not found:
            raise BadScript("sleep is written `sleep 5ms`")
        return [Step("sleep", None, number, args=int(found[1]) / 1000)]
    found = STEP.fullmatch(line)
    if not found:
        raise BadScript(f"not understood: {line!r}")
    verb, conn, rest = found["verb"], found["conn"] or "", found["rest"] or ""
    low, high = 0, 0
    if found["loop"]:
        low, high = (int(n) for n in found["loop"][4:].split(".."))
    steps = []
    for index in range(low, high + 1):
        names = {"i": str(index)} if found["loop"] else {}
        if verb.startswith("<"):
            Reader(re.sub(r"%\w+([+-]\d+)?%", "0", rest)).parse()
            proto = int(verb[1]) if len(verb) > 1 else None
            steps.append(Step("expect", conn, number, text=rest, proto=proto, names=names))
        elif verb.startswith("!"):
            steps.append(Step(verb[1:], conn, number, names=names))
        else:
            args = read_args(rest)
            if not args:
                raise BadScript("a request needs an argument")
            steps.append(Step(verb[:-1] or "send", conn, number, args=args, names=names))
    return steps


def read_file(path):
    """All sections of a file. Raises BadScript with the line number in front."""
    sections, defaults, current = [], {}, None
    with open(path, encoding="utf-8") as file:
        text = file.read()
    for number, line in logical_lines(text):
        try:
            setting = re.fullmatch(r"(peer|resp|cores|split|options): *(.+)", line)
            if line.startswith("== "):
                current = Section(path, line[3:], number, defaults)
                sections.append(current)
            elif setting and (current is None or not current.steps):
                check_setting(setting[1], setting[2], current)
                (defaults if current is None else current.settings)[setting[1]] = setting[2]
            elif current is None:
                raise BadScript("a step before the first == section")
            else:
                current.steps += read_step(line, number)
        except (BadScript, ValueError, IndexError) as error:
            raise BadScript(f"{path}:{number}: {error}") from None
    return sections


def check_setting(name, value, section):
    if name == "options" and section is not None:
        raise BadScript("options belong to the head of the file")
    if name == "peer" and value.startswith("no") and not re.fullmatch(r"no \(.+\)", value):
        raise BadScript("`peer: no` needs its (reason)")
    if name in ("resp", "cores") and not value.isdigit():
        raise BadScript(f"{name}: wants a number")
