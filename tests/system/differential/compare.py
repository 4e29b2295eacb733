"""Whether two replies to the same command are equal, but for what chance, order or time may change."""
import re

# Any order is right: sets, the fields of hashes, keys.
UNORDERED = {b'smembers', b'sunion', b'sinter', b'sdiff', b'keys', b'hkeys', b'hvals'}
UNORDERED_PAIRS = {b'hgetall', b'config'}
SCANS = {b'scan', b'sscan', b'hscan', b'zscan'}
RANDOM = {b'srandmember', b'spop', b'hrandfield', b'zrandmember', b'randomkey'}
# Only errors and the kind of the answer are compared: what they tell is about the server.
# DBSIZE counts keys whose time has come and that nobody has looked at.
OPAQUE = {b'dbsize', b'dump', b'time', b'lastsave', b'hello', b'memory', b'latency', b'slowlog', b'role', b'module',
          (b'command',), (b'object', b'idletime'), (b'object', b'freq'), (b'client', b'id')}
NAMED = {b'zrangebylex', b'zrevrangebylex', b'zlexcount', b'zremrangebylex', b'zrange', b'zrangestore'}
TIMES = {b'ttl', b'pttl', b'expiretime', b'pexpiretime'}
SCORES = re.compile(rb'b?z|geo')


class Plain:
    """Turns replies into nested tuples that are equal when the replies mean the same."""

    def __init__(self, name):
        self.has_scores = bool(SCORES.match(name))

    def __call__(self, reply):
        kind, value = reply.kind, reply.value
        if kind == '$' and self.has_scores or kind == ',':
            try:
                return (kind, 'number', repr(float(value))) if value[:1] not in (b' ', b'_') else (kind, value)
            except ValueError:
                return (kind, value)
        if kind in '*>':
            return (kind, tuple(self(item) for item in value))
        if kind == '~':
            return (kind, tuple(sorted((self(item) for item in value), key=repr)))
        if kind == '%':
            return (kind, tuple(sorted(((self(k), self(v)) for k, v in value), key=repr)))
        return (kind, value)


def sort_items(plain, step=1):
    kind, items = plain
    if kind != '*':
        return plain
    groups = [items[at:at + step] for at in range(0, len(items), step)]
    return (kind, tuple(sorted(groups, key=repr)))


def flat(plain):
    """All that is in a reply, without its structure."""
    kind, value = plain[0], plain[-1]
    if isinstance(value, tuple) and kind in '*~%>':
        return [leaf for item in value for leaf in (flat(item) if isinstance(item[0], str) else
                                                    flat(item[0]) + flat(item[1]))]
    return [plain[-1]]


def shape(plain):
    if plain[0] in '*~>' and isinstance(plain[1], tuple):
        return (plain[0], tuple(shape(item) for item in plain[1]))
    return plain if plain[0] in ('-', '$nil', '*nil', '_') else plain[0]


def same_scan(argv, theirs, ours, step):
    if theirs[0] != '*' or ours[0] != '*':
        return theirs == ours
    cursors = [theirs[1][0][-1], ours[1][0][-1]]
    start = argv[1 if argv[0].lower() == b'scan' else 2]
    if cursors != [b'0', b'0'] and cursors != ['0.0', '0.0'] or start.strip(b'0'):
        return shape(theirs[1][1])[0] == shape(ours[1][1])[0]
    return sort_items(theirs[1][1], step) == sort_items(ours[1][1], step)


def has_many_scores(argv, before):
    """Whether a range of names is asked of members that have not one score; then any answer is right."""
    is_any_range = argv[0].lower() in (b'zrange', b'zrangestore')
    if before is None or before.kind != '*' or is_any_range and b'BYLEX' not in [word.upper() for word in argv]:
        return False
    return len(set(scores_of(before))) > 1


def has_equal_scores(before):
    """Whether places may be at the same distance; which of them are the nearest ones is then open."""
    return before is not None and before.kind == '*' and len(set(scores_of(before))) < len(scores_of(before))


def scores_of(reply):
    """Of an answer WITHSCORES, which has pairs in RESP3."""
    items = reply.value
    pairs = [item.value[1] for item in items] if items and items[0].kind == '*' else items[1::2]
    return [item.value for item in pairs]


def is_sorted_by_chance(argv, before):
    """Elements that compare equal come in any order; so does a set that is not to be sorted."""
    words = [word.upper() for word in argv]
    has_pattern = b'BY' in words
    return has_pattern and (b'ALPHA' in words or before is not None and before.value == b'set')


# What XINFO tells of clocks and of memory, and fields that came with Redis 7.2.
STREAM_FIELDS = {b'idle', b'inactive', b'seen-time', b'active-time', b'radix-tree-keys', b'radix-tree-nodes'}


def without_times(plain, fields=STREAM_FIELDS):
    """An answer about a stream without clocks: fields that are named, and how long an entry has been pending."""
    kind, value = plain[0], plain[-1]
    if kind == ':' and value > 10 ** 12:
        return (kind, 'time')
    if kind == '%':
        return (kind, tuple((k, without_times(v, fields)) for k, v in value if k[-1] not in fields))
    if kind != '*':
        return plain
    items, skip = [], False
    for item in value:
        if skip or item[-1] in fields and item[0] == '$':
            skip = not skip
        else:
            items.append(without_times(item, fields))
    if len(items) in (3, 4) and items[-1][0] == items[-2][0] == ':':
        items[-2] = (':', 'time')  # id, consumer, milliseconds, deliveries
    return (kind, tuple(items))


def same(argv, theirs, ours, before):
    """`before` is what the command before was answered with by the same server as `ours`."""
    name = argv[0].lower()
    plain = Plain(name)
    if theirs.kind == '-' or ours.kind == '-':
        return (theirs.kind, theirs.value) == (ours.kind, ours.value)
    theirs, ours = plain(theirs), plain(ours)
    if name in (b'sort', b'sort_ro') and is_sorted_by_chance(argv, before):
        return theirs[0] == ours[0] and (theirs[0] != '*' or len(theirs[1]) == len(ours[1]))
    if name in (b'xinfo', b'xpending'):
        return without_times(theirs) == without_times(ours)
    if name.startswith(b'geo') and b'COUNT' in [word.upper() for word in argv] and has_equal_scores(before):
        return theirs[0] == ours[0] and (theirs[0] != '*' or len(theirs[1]) == len(ours[1]))
    if name in NAMED and has_many_scores(argv, before):
        return theirs[0] == ours[0]
    if name in RANDOM:
        if name == b'randomkey':
            return theirs[0] == ours[0]
        there = set(flat(Plain(name)(before))) if before else set()
        is_from_there = theirs[0] in ('$nil', '_') or set(flat(ours)) <= there
        return shape(theirs) == shape(ours) and (is_from_there or name == b'zrandmember')
    if name in OPAQUE or (name, *[word.lower() for word in argv[1:2]]) in OPAQUE:
        return theirs[0] == ours[0]
    if name in TIMES and theirs[0] == ours[0] == ':' and min(theirs[1], ours[1]) > 0:
        return abs(theirs[1] - ours[1]) <= 7200 * (1000 if name.startswith(b'p') else 1)
    if name in SCANS:
        return same_scan(argv, theirs, ours, 2 if name in (b'hscan', b'zscan') else 1)
    if name in UNORDERED:
        return sort_items(theirs) == sort_items(ours)
    if name in UNORDERED_PAIRS:
        return sort_items(theirs, 2) == sort_items(ours, 2)
    return theirs == ours
