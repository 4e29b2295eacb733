#!/usr/bin/env python3
"""Runs the .wire files against Gyre, or against a peer to check the expectations themselves."""
import argparse
import os
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, HERE)

from lib.expect import BadScript  # noqa: E402
from lib.player import play_section, play_split  # noqa: E402
from lib.script import read_file  # noqa: E402
from lib.server import Server, peer_identity  # noqa: E402

ROOT = os.path.dirname(os.path.dirname(HERE))
GYRE = (os.path.join(ROOT, "build", "release", "gyre-server")
        + " --port {port} --cores {cores} --dir {dir} --set enable-debug-command=yes")
PEER = " --port {port} --dir {dir} --bind 127.0.0.1 --save '' --enable-debug-command yes"


def numbers(text):
    return [int(part) for part in text.split(",")]


def arguments():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("filters", nargs="*", metavar="FILE|WORD",
                        help="run files with this path or sections whose path or title has this")
    parser.add_argument("--server", default=GYRE, metavar="CMD",
                        help="command line with {port}, {dir} and {cores}")
    parser.add_argument("--peer", metavar="PATH", help="a redis-server or valkey-server to judge")
    parser.add_argument("--cores", type=numbers, default=[1, 2, 4])
    parser.add_argument("--resp", type=numbers, default=[2, 3])
    parser.add_argument("--split", action="store_true",
                        help="also cut the streams of `split: yes` sections at every byte")
    parser.add_argument("-v", "--verbose", action="store_true", help="name skipped sections")
    parser.add_argument("--max-failures", type=int, default=50, help="stop printing after N")
    return parser.parse_args()


def chosen_sections(filters):
    """Every section wanted, or exit 2 naming the line that is not understood."""
    paths = sorted(os.path.join(folder, name) for folder, _, names in os.walk(HERE)
                   for name in names if name.endswith(".wire"))
    files = [os.path.abspath(f) for f in filters if os.path.isfile(f)]
    words = [f for f in filters if not os.path.isfile(f)]
    paths = sorted(set(paths) | set(files))
    try:
        sections = [section for path in paths for section in read_file(path)]
    except BadScript as error:
        print(error)
        raise SystemExit(2) from None
    if not filters:
        return sections
    return [s for s in sections if s.path in files or
            any(w in os.path.relpath(s.path, HERE) or w in s.title for w in words)]


class Run:
    """Counts and prints; one object for the whole run."""

    def __init__(self, options):
        self.options = options
        self.passed, self.failed, self.skipped = 0, 0, []
        if options.peer:
            self.name, self.version = peer_identity(options.peer)
            self.command, self.cores = options.peer + PEER, [1]
        else:
            self.name, self.version = "gyre", (0,)
            self.command, self.cores = options.server, options.cores

    def everything(self, sections):
        groups = {}
        for section in sections:
            if section.holds_on(self.name, self.version):
                groups.setdefault(section.settings.get("options", ""), []).append(section)
            else:
                self.skipped.append(section)
        for options, members in groups.items():
            for cores in self.cores:
                server = Server(self.command, cores, options.split())
                try:
                    self.with_server(server, members, cores)
                finally:
                    server.stop()

    def with_server(self, server, sections, cores):
        for section in sections:
            for proto in self.options.resp:
                if not section.runs_with(proto, cores) and self.name == "gyre" or \
                        not section.runs_with(proto, 1 << 20):
                    continue
                self.one(server, section, proto, cores)

    def one(self, server, section, proto, cores):
        server.fresh()
        saved = self.save_config(server, section)
        failure = play_section(section, server.port, proto)
        if not failure and self.options.split and section.settings.get("split") == "yes":
            failure = play_split(section, server.port, proto, server.control)
        if not failure:
            self.passed += 1
        else:
            self.report(section, proto, cores, failure, server.died())
        if saved:
            server.fresh()
            server.control.call("CONFIG", "SET", *saved)

    def save_config(self, server, section):
        """The present values of every parameter that the section will set."""
        saved = []
        for step in section.steps:
            if step.verb == "send" and [a.upper() for a in step.args[:2]] == [b"CONFIG", b"SET"]:
                for name in step.args[2::2]:
                    reply = server.control.call("CONFIG", "GET", name)
                    if reply.kind == "*" and len(reply.value) == 2 and name not in saved[::2]:
                        saved += [name, reply.value[1].value]
        return saved

    def report(self, section, proto, cores, failure, died):
        self.failed += 1
        if self.failed > self.options.max_failures:
            return
        where = f"{os.path.relpath(section.path)}:{failure.line}"
        print(f"FAIL {where}  {section.title}  (cores {cores}, RESP{proto})")
        print(f"     expected {failure.expected}\n     got      {failure.got}")
        if died:
            print("     " + died.replace("\n", "\n     "))

    def summary(self):
        if self.failed > self.options.max_failures:
            print(f"... and {self.failed - self.options.max_failures} more")
        if self.skipped:
            print(f"{len(self.skipped)} sections skipped: {self.name} does not claim them"
                  + ("" if self.options.verbose else " (-v names them)"))
            if self.options.verbose:
                for section in self.skipped:
                    print(f"  {os.path.relpath(section.path)}:{section.line} {section.title}: "
                          f"{section.settings['peer']}")
        print(f"{self.passed} passed, {self.failed} failed")
        return 0 if self.failed == 0 and self.passed else 1


def main():
    options = arguments()
    run = Run(options)
    run.everything(chosen_sections(options.filters))
    return run.summary()


if __name__ == "__main__":
    sys.exit(main())
