"""Plays rounds on a Redis and on Gyre, compares them, and makes a difference small."""
import contextlib

from lib.resp import Connection, encode

from differential import compare, exceptions
from differential.values import ALL_KEYS

PIPELINE = 64
PATIENCE = 600  # seconds; a machine may be slow, and that is no difference


class Difference:
    def __init__(self, at, argv, theirs, ours):
        self.at, self.argv, self.theirs, self.ours = at, argv, theirs, ours

    def kind(self):
        """What makes two differences the same one for who reads about them."""
        texts = [reply.value if reply.kind == '-' else reply.kind for reply in (self.theirs, self.ours)]
        return (self.argv[0].lower(), *texts)


def prepare(server, this_round):
    """A new connection to an empty server with the limits of the round."""
    server.control.call('FLUSHALL')
    connection = Connection(server.port, timeout=PATIENCE)
    connection.call('CONFIG', 'SET', *this_round.limits)
    connection.call('HELLO', this_round.protocol)
    return connection


def run(server, this_round, commands):
    """All replies, of the commands and of the questions that sum up the keys."""
    connection = prepare(server, this_round)
    try:
        replies = []
        for start in range(0, len(commands), PIPELINE):
            part = commands[start:start + PIPELINE]
            connection.send(b''.join(encode(argv) for argv in part))
            replies += [connection.read() for _ in part]
        return replies
    finally:
        connection.close()


def questions():
    """What is asked of every database at the end."""
    for database in (b'0', b'1'):
        yield [b'SELECT', database]
        for key in ALL_KEYS:
            yield [b'TYPE', key]
            yield [b'DEBUG', b'DIGEST-VALUE', key]
            yield [b'ZRANGE', key, b'0', b'-1', b'WITHSCORES']
            yield [b'OBJECT', b'ENCODING', key]
            yield [b'PTTL', key]
        yield [b'KEYS', b'*']


def exchange(giver, taker):
    """What DUMP gives on one server and RESTORE takes on another is equal to what is there; the keys that are not.

    Both servers hold the same at all keys.
    """
    with contextlib.ExitStack() as stack:
        give, take = (stack.enter_context(contextlib.closing(Connection(server.port, timeout=PATIENCE)))
                      for server in (giver, taker))
        wrong = []
        for key in ALL_KEYS:
            payload = give.call('DUMP', key)
            members = take.call('ZRANGE', key, '0', '-1', 'WITHSCORES')
            has_minus_zero = members.kind == '*' and any(item.value == b'-0' for item in members.value)
            if payload.kind != '$' or has_minus_zero:  # a small sorted set keeps no sign of zero, a large one does
                continue
            expires = take.call('PTTL', key).value > 0  # which a digest tells, too
            restored = take.call('RESTORE', b'restored', 10 ** 11 if expires else 0, payload.value, 'REPLACE')
            digests = take.call('DEBUG', 'DIGEST-VALUE', key, b'restored')
            if restored.kind != '+' or digests.value[0].value != digests.value[1].value:
                wrong.append((key, payload, restored, digests))
        return wrong


class Counts:
    """How many commands were compared, and how often a difference that is meant was met."""

    def __init__(self):
        self.commands = 0
        self.excepted = {}
        self.names = {}
        self.errors = {}

    def note(self, argv, reply):
        self.commands += 1
        name = argv[0].lower()
        self.names[name] = self.names.get(name, 0) + 1
        if reply.kind == '-':
            self.errors[name] = self.errors.get(name, 0) + 1


def first_difference(commands, theirs, ours, version, counts=None):
    before = None
    for at, argv in enumerate(commands):
        if counts:
            counts.note(argv, theirs[at])
        if not compare.same(argv, theirs[at], ours[at], before):
            why = exceptions.reason(argv, theirs[at], ours[at], before, version)
            if why is None:
                return Difference(at, argv, theirs[at], ours[at])
            if counts:
                counts.excepted[why] = counts.excepted.get(why, 0) + 1
        before = ours[at]
    return None


def shrink(this_round, commands, found, peer, gyre):
    """The fewest commands that end in a difference of the same command: halves, quarters, single ones are left out."""
    last = commands[found.at]
    kept = commands[:found.at]
    size = max(1, len(kept) // 2)
    while True:
        at, has_shrunk = 0, False
        while at < len(kept):
            tried = kept[:at] + kept[at + size:] + [last]
            again = first_difference(tried, run(peer, this_round, tried), run(gyre, this_round, tried), peer.version)
            if again and again.argv == last and again.kind() == found.kind():
                kept = tried[:again.at]
                found, has_shrunk = again, True
            else:
                at += size
        if size == 1 and not has_shrunk:
            return kept + [last], found
        size = max(1, size // 2)
