"""What the clients of the crash test write, and what must be there of it after a crash.

A lane is a row of writes that carry the numbers 1, 2, 3, ...: `sent` is the last one that has left, `acked` the last
one that was answered. What is found afterwards must be the state after write n, with acked <= n <= sent.
"""


def number(value):
    return 0 if value is None else int(value)


def mark(value):
    return b'%d' % value


class Wrong(Exception):
    """`kind` is what the state must never be: lost, unsent, half, order."""

    def __init__(self, kind, text):
        super().__init__(f'{kind}: {text}')
        self.kind = kind


class Lane:
    """Keys of one client. `keys` lie on several cores, if there are several."""

    def __init__(self, name, keys):
        self.name, self.keys = name, keys
        self.sent = self.acked = 0

    def commands(self, value):
        raise NotImplementedError

    def found(self, ask):
        """The number of the last write that the state has; `ask` calls the server."""
        raise NotImplementedError

    def next(self):
        self.sent += 1
        return self.commands(self.sent)

    def answered(self, replies):
        self.acked += 1

    def forget(self):
        self.sent = self.acked = 0

    def check(self, ask):
        found = self.found(ask)
        if found < self.acked:
            raise Wrong('lost', f'{self.name} {self.keys} has {found}, {self.acked} was acknowledged')
        if found > self.sent:
            raise Wrong('unsent', f'{self.name} {self.keys} has {found}, the last one sent was {self.sent}')
        self.sent = self.acked = found


class Set(Lane):
    def commands(self, value):
        return [[b'SET', self.keys[0], mark(value)]]

    def found(self, ask):
        return number(ask(b'GET', self.keys[0]))


class Incr(Set):
    def commands(self, value):
        return [[b'INCR', self.keys[0]]]


class Push(Lane):
    def commands(self, value):
        return [[b'RPUSH', self.keys[0], mark(value)]]

    def found(self, ask):
        items = [int(item) for item in ask(b'LRANGE', self.keys[0], b'0', b'-1')]
        if items != list(range(1, len(items) + 1)):
            raise Wrong('order', f'{self.keys[0]} holds {items[:10]}...')
        return len(items)


class Hash(Lane):
    FIELDS = 7

    def commands(self, value):
        return [[b'HSET', self.keys[0], b'f%d' % (value % self.FIELDS), mark(value)]]

    def found(self, ask):
        flat = ask(b'HGETALL', self.keys[0])
        pairs = dict(zip(flat[::2], map(int, flat[1::2])))
        last = max(pairs.values(), default=0)
        wanted = {b'f%d' % (value % self.FIELDS): value for value in range(max(1, last - self.FIELDS + 1), last + 1)}
        if pairs != wanted:
            raise Wrong('order', f'{self.keys[0]} holds {pairs}')
        return last


class Mset(Lane):
    def commands(self, value):
        return [[b'MSET'] + [part for key in self.keys for part in (key, mark(value))]]

    def found(self, ask):
        numbers = [number(ask(b'GET', key)) for key in self.keys]
        if len(set(numbers)) > 1:
            raise Wrong('half', f'{self.name} {self.keys} hold {numbers}')
        return numbers[0]


class Multi(Lane):
    def commands(self, value):
        a, b, c, d = self.keys
        return [[b'MULTI'], [b'SET', a, mark(value)], [b'RPUSH', b, mark(value)], [b'INCR', c],
                [b'HSET', d, b'field', mark(value)], [b'EXEC']]

    def found(self, ask):
        a, b, c, d = self.keys
        numbers = [number(ask(b'GET', a)), Push(self.name, [b]).found(ask), number(ask(b'GET', c)),
                   number(ask(b'HGET', d, b'field'))]
        if len(set(numbers)) > 1:
            raise Wrong('half', f'{self.name} {self.keys} hold {numbers}')
        return numbers[0]


class Move(Lane):
    """One element goes to and fro between two lists, in commands that read here and write there."""

    def commands(self, value):
        if value == 1:
            return [[b'RPUSH', self.keys[1], b'element']]
        source, target = self.keys if value % 2 else self.keys[::-1]
        return [[b'LMOVE', source, target, b'LEFT', b'RIGHT']]

    def found(self, ask):
        first, second = [ask(b'LRANGE', key, b'0', b'-1') for key in self.keys]
        if len(first) + len(second) != min(1, self.acked) and not (self.acked == 0 and len(first) + len(second) == 1):
            raise Wrong('half', f'{self.name} {self.keys} hold {first} and {second}')
        if not first and not second:
            return 0
        # After an odd number of writes the element lies in the second list.
        last = self.sent if self.sent % 2 == len(second) else self.sent - 1
        return last if self.acked <= last else self.acked - 1


class SharedCount(Lane):
    """One key that all clients increment."""

    def __init__(self, key):
        super().__init__('shared counter', [key])
        self.seen = 0

    def next(self):
        self.sent += 1
        return [[b'INCR', self.keys[0]]]

    def answered(self, replies):
        self.acked += 1
        self.seen = max(self.seen, replies[0].value)

    def forget(self):
        super().forget()
        self.seen = 0

    def check(self, ask):
        self.acked = max(self.acked, self.seen)
        super().check(ask)
        self.seen = 0

    def found(self, ask):
        return number(ask(b'GET', self.keys[0]))


class Shared:
    """Two lists on different cores. All clients append to both as one, or to one of them, and read what others have
    appended: that must last as well."""

    KINDS = (b'both', b'left', b'right')

    def __init__(self, keys, clients):
        self.keys, self.clients = keys, clients
        self.forget()

    def forget(self):
        self.sent = {(kind, client): 0 for kind in self.KINDS for client in range(self.clients)}
        self.acked = dict(self.sent)
        self.seen = [set(), set()]

    def check(self, ask):
        lists = [ask(b'LRANGE', key, b'0', b'-1') for key in self.keys]
        both = [[item for item in items if item.startswith(b'both')] for items in lists]
        if both[0] != both[1]:
            kind = 'half' if set(both[0]) != set(both[1]) else 'order'
            raise Wrong(kind, f'{self.keys} have {len(both[0])} and {len(both[1])} items of transactions; '
                              f'of one alone: {sorted(set(both[0]) ^ set(both[1]))[:5]}')
        for kind, items in zip(self.KINDS, [both[0], lists[0], lists[1]]):
            for client in range(self.clients):
                self.check_row(kind, client, items)
        for key, items, seen in zip(self.keys, lists, self.seen):
            missing = seen - set(items)
            if missing:
                raise Wrong('lost', f'{key} lacks what has been read from it: {sorted(missing)[:5]}')
        self.seen = [set(), set()]

    def check_row(self, kind, client, items):
        head = b'%s:%d:' % (kind, client)
        row = [int(item[len(head):]) for item in items if item.startswith(head)]
        if row != list(range(1, len(row) + 1)):
            raise Wrong('order', f'{self.keys} hold {head} {row[:10]}...')
        at = kind, client
        if len(row) < self.acked[at]:
            raise Wrong('lost', f'{head} has {len(row)} of {self.acked[at]} that were acknowledged')
        if len(row) > self.sent[at]:
            raise Wrong('unsent', f'{head} has {len(row)}, only {self.sent[at]} were sent')
        self.sent[at] = self.acked[at] = len(row)


class SharedPush:
    """One client's way to write to a Shared; stands where lanes do."""

    def __init__(self, shared, kind, client):
        self.shared, self.at = shared, (kind, client)

    def next(self):
        self.shared.sent[self.at] += 1
        item = b'%s:%d:%d' % (*self.at, self.shared.sent[self.at])
        kind, keys = self.at[0], self.shared.keys
        if kind == b'both':
            return [[b'MULTI'], [b'RPUSH', keys[0], item], [b'RPUSH', keys[1], item], [b'EXEC']]
        return [[b'RPUSH', keys[kind == b'right'], item]]

    def answered(self, replies):
        self.shared.acked[self.at] += 1


class SharedRead:
    def __init__(self, shared, side):
        self.shared, self.side = shared, side

    def next(self):
        return [[b'LINDEX', self.shared.keys[self.side], b'-1']]

    def answered(self, replies):
        if replies[0].value is not None:
            self.shared.seen[self.side].add(bytes(replies[0].value))
