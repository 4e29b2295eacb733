"""The arguments: keys of every type, and what stands on the boundaries of numbers, floats and words."""

INTEGERS = [b'', b'0', b'1', b'-1', b'-0', b'+1', b'01', b' 1', b'1 ', b'2', b'3', b'7', b'8', b'63', b'64', b'65',
            b'127', b'128', b'255', b'256', b'-128', b'-129', b'32767', b'32768', b'65535', b'65536', b'2147483647',
            b'2147483648', b'-2147483648', b'-2147483649', b'4294967295', b'4294967296', b'9223372036854775806',
            b'9223372036854775807', b'9223372036854775808', b'-9223372036854775807', b'-9223372036854775808',
            b'-9223372036854775809', b'18446744073709551615', b'18446744073709551616', b'1e3', b'1.0', b'1.5',
            b'0x10', b'abc', b'nan', b'inf', b'-inf', b'\x00', b'1\x00', b'99999999999999999999999999', b'--1', b'-']
FLOATS = [b'0', b'-0', b'-0.0', b'1', b'-1', b'0.1', b'0.2', b'1.5', b'-2.5', b'3.0', b'3.14159265358979', b'1e5',
          b'1e-5', b'1e15', b'1e16', b'1e17', b'1e21', b'1e22', b'1E3', b'1e308', b'-1e308', b'1.7976931348623157e308',
          b'1e309', b'-1e309', b'5e-324', b'4.9e-324', b'2.2250738585072014e-308', b'1e-400', b'inf', b'+inf', b'-inf',
          b'Infinity', b'-infinity', b'nan', b'-nan', b'nan(1)', b'0x1p3', b'0x10', b' 1', b'1 ', b'1.', b'.5', b'5.e1',
          b'1e', b'e1', b'', b'abc', b'1.5abc', b'9007199254740992', b'9007199254740993', b'123456789012345678',
          b'9223372036854775807', b'9223372036854775808', b'0.30000000000000004', b'100.00000000000001', b'1,5',
          b'1_0', b'+1', b'+-1', b'--1', b'(1', b'1\x00', b'0.' + b'0' * 40 + b'1', b'1' * 60, b'9' * 320,
          b'0.1' + b'7' * 200]
ELEMENTS = ([b'%d' % n for n in range(-2, 13)] + [bytes([c]) for c in b'abcdefgh'] +
            [b'', b'A', b'aa', b'ab', b'hello', b'Hello World', b'\x00', b'\xff\x00\xfe', b'a\r\nb', b'x' * 64,
             b'y' * 65, b'z' * 300, b'32768', b'-2147483649', b'9223372036854775807', b'1.5', b'01', b'foo', b'bar'])
PATTERNS = [b'*', b'?', b'a*', b'*a', b'[a-c]*', b'[^a]*', b'[', b'[a', b'\\*', b'\\', b'', b'h[ae]llo', b'**', b'*?*',
            b'[z-a]', b'[]', b'[^]', b'\xff*', b'l*', b's?', b'{*', b'1*']
KEYWORDS = (b'NX XX GT LT CH INCR GET EX PX EXAT PXAT KEEPTTL PERSIST WITHSCORES WITHSCORE WITHVALUES LIMIT BYSCORE '
            b'BYLEX REV WEIGHTS AGGREGATE SUM MIN MAX COUNT ANY ASC DESC STORE STOREDIST WITHDIST WITHCOORD WITHHASH '
            b'BYBOX BYRADIUS FROMMEMBER FROMLONLAT RANK MAXLEN LEFT RIGHT BEFORE AFTER MATCH TYPE REPLACE DB LEN IDX '
            b'BIT BYTE OVERFLOW WRAP SAT FAIL SET INCRBY AND NOT ALPHA BY ABSTTL IDLETIME FREQ NOMKSTREAM MINID '
            b'STREAMS GROUP HELP m').split()

# Three keys of a kind, on different cores of two; what a command may find at them is in world.py.
KINDS = ('str', 'num', 'bits', 'hll', 'list', 'set', 'zset', 'geo', 'hash', 'stream', 'nlist', 'nset', 'nzset')
KEYS = {kind: [b'%s%d' % (kind.encode(), n) for n in (1, 2, 3)] for kind in KINDS}
KEYS['dst'] = [b'dst1', b'dst2', b'', b'\x00\xff', b'{set1}d', b'{zset2}d', b'{list3}d']
KEYS['none'] = [b'none1', b'none2']
MIXED = {'zoset': ('zset', 'zset', 'set', 'geo'), 'text': ('str', 'num', 'bits'), 'sorted': ('zset', 'zset', 'geo'),
         'numbers': ('nlist', 'nset', 'nzset'), 'sortable': ('list', 'set', 'zset')}
KEYS['weight'] = [b'weight1', b'weight2', b'weight3', b'weight5']
ALL_KEYS = [key for keys in KEYS.values() for key in keys]

LONGITUDES = [b'-180', b'180', b'180.0001', b'-181', b'0', b'179.9999999']
LATITUDES = [b'-85.05112878', b'85.05112878', b'85.06', b'-90', b'0', b'89.9']
UNIX = [b'0', b'1', b'-1', b'1000000000', b'33000000000', b'34000000000', b'35000000000', b'9223372036854775',
        b'9223372036854776', b'9223372036854775807', b'-9223372036854775808', b'abc', b'', b'1.5']
UNIX_MS = [b'0', b'1', b'-1', b'1000000000000', b'33000000000000', b'34000000000000', b'9223372036854775807',
           b'9223372036854775808', b'-9223372036854775808', b'abc', b'', b'1.5']


GROUPS = [b'g1', b'g2', b'g3', b'']
CONSUMERS = [b'alice', b'bob', b'carol', b'']
IDS = [b'0', b'0-0', b'0-1', b'1', b'1-0', b'1-1', b'2-1', b'5', b'5-5', b'-', b'+', b'$', b'>', b'*', b'(1', b'',
       b'1-', b'-1', b'1-1-1', b'abc', b'1-abc', b'0-18446744073709551615', b'18446744073709551615',
       b'18446744073709551615-18446744073709551615', b'18446744073709551616', b'1-18446744073709551616', b'1.0',
       b'01-01']


class Values:
    """Makes arguments by the names that the grammar uses; a name without a method of its own is a kind of key."""

    def __init__(self, rng):
        self.rng = rng
        self.number_of_keys = 1
        self.entries = 0  # of all streams so far, which are counted on in their ids
        self.seconds = 100000  # no two are equal: the servers do not share a clock, and GT and LT compare

    def make(self, name):
        maker = getattr(self, 'make_' + name, None)
        made = maker() if maker else self.key(name)
        return made if isinstance(made, list) else [made]

    def key(self, kind):
        pick = self.rng.random()
        if pick < 0.05:
            return self.rng.choice(ALL_KEYS)
        if pick < 0.1:
            return self.rng.choice(KEYS['none'])
        return self.rng.choice(KEYS[self.rng.choice(MIXED[kind]) if kind in MIXED else kind])

    def among(self, sane, wild, chance=0.15):
        """Mostly something sane, which is made by a function, else one of the wild ones."""
        return self.rng.choice(wild) if self.rng.random() < chance else sane()

    def make_any(self):
        return self.rng.choice(ALL_KEYS)

    def make_dst(self):
        return self.rng.choice(KEYS['dst'] if self.rng.random() < 0.85 else ALL_KEYS)

    def make_elem(self):
        return self.rng.choice(ELEMENTS)

    def make_boundary(self):
        return self.rng.choice(INTEGERS)

    def make_boundary_float(self):
        return self.rng.choice(FLOATS)

    def make_keyword(self):
        return self.rng.choice(KEYWORDS)

    def make_int(self):
        return self.among(lambda: b'%d' % self.rng.randint(-20, 20), INTEGERS)

    def make_index(self):
        return self.among(lambda: b'%d' % self.rng.randint(-12, 12), INTEGERS, 0.1)

    def make_count(self):
        return self.among(lambda: b'%d' % self.rng.randint(0, 8), INTEGERS, 0.1)

    def make_bit(self):
        return self.among(lambda: self.rng.choice((b'0', b'1')), INTEGERS, 0.08)

    def make_offset(self):
        return self.among(lambda: b'%d' % self.rng.randint(0, self.rng.choice((40, 900))), INTEGERS, 0.1)

    def make_field_offset(self):
        return (b'#' if self.rng.random() < 0.3 else b'') + self.make_offset()

    def make_field_type(self):
        kind = self.rng.choice((b'u', b'i'))
        wrong = (b'0', b'64', b'65', b'-1', b'', b'8x', b'99999999999')
        return kind + self.among(lambda: b'%d' % self.rng.choice((1, 2, 4, 5, 8, 16, 31, 32, 33, 63, 64)), wrong, 0.06)

    def make_float(self):
        sane = self.rng.randint(-50, 50) / self.rng.choice((1, 1, 2, 4, 10, 3))
        return self.among(lambda: b'%.10g' % sane, FLOATS, 0.3)

    def make_score(self):
        return self.among(lambda: b'%g' % (self.rng.randint(-10, 20) / self.rng.choice((1, 1, 1, 2, 4))), FLOATS, 0.1)

    def make_bound(self):
        mark = b'(' if self.rng.random() < 0.25 else b''
        return mark + self.among(self.make_score, [b'-inf', b'+inf', b'inf'], 0.25)

    def make_name_bound(self):
        if self.rng.random() < 0.3:
            return self.rng.choice((b'-', b'+'))
        return self.rng.choice((b'[', b'[', b'(', b'(', b'')) + self.make_elem()

    def make_range_bound(self):
        return self.rng.choice((self.make_index, self.make_index, self.make_bound, self.make_name_bound))()

    def make_weights(self):
        count = self.number_of_keys if self.rng.random() < 0.9 else self.rng.randint(0, 4)
        return [self.make_score() for _ in range(count)]

    def make_pattern(self):
        return self.rng.choice(PATTERNS)

    def make_cursor(self):
        return self.among(lambda: b'0', INTEGERS, 0.2)

    def make_type(self):
        return self.rng.choice((b'string', b'list', b'set', b'zset', b'hash', b'stream', b'STRING', b'x', b''))

    def make_database(self):
        return self.among(lambda: self.rng.choice((b'0', b'1', b'15')), INTEGERS + [b'16'], 0.2)

    def make_sec(self):
        self.seconds += self.rng.randint(60000, 90000)
        return self.among(lambda: b'%d' % self.seconds,
                          [b for b in INTEGERS if not b.strip(b' +\x00').isdigit() or len(b) > 9] + [b'0'], 0.2)

    def make_ms(self):
        text = self.make_sec()
        return text + b'000' if text.isdigit() and len(text) < 9 and text != b'0' else text

    def make_unix(self):
        return self.rng.choice(UNIX)

    def make_unixms(self):
        return self.rng.choice(UNIX_MS)

    def make_group(self):
        return self.among(lambda: self.rng.choice(GROUPS[:2]), GROUPS, 0.2)

    def make_consumer(self):
        return self.among(lambda: self.rng.choice(CONSUMERS[:2]), CONSUMERS, 0.2)

    def make_id(self):
        """Of one that is likely to be there; `*` would be the time of day, of which each server has its own."""
        wild = [text for text in IDS if text != b'*']
        last = max(2, self.entries)
        return self.among(lambda: b'%d-%d' % (self.rng.randint(1, last), self.rng.choice((0, 0, 1))), wild, 0.15)

    def make_next_id(self):
        self.entries += 1
        behind = self.rng.choice((b'0', b'0', b'1', b'*'))
        return self.among(lambda: b'%d-%b' % (self.entries, behind), [b'0-*', b'5-*'], 0.05)

    def make_open_id(self):
        if self.rng.random() < 0.4:
            return self.rng.choice((b'-', b'+'))
        return (b'(' if self.rng.random() < 0.15 else b'') + self.make_id()

    def make_last(self):
        return b'$'

    def make_near(self):
        return b'~'

    def make_idle(self):
        """Milliseconds that are far from all that may pass in a test, so that no clock decides."""
        return self.rng.choice((b'0', b'0', b'1000000000', b'100000000000', b'1000000000000', b'-1', b'abc'))

    def make_streams_and_ids(self):
        count = self.rng.choice((1, 1, 2, 3))
        ids = [self.rng.choice((b'0', b'0-0', b'$', self.make_id())) for _ in range(count)]
        return [self.key('stream') for _ in range(count)] + ids

    def make_streams_and_new(self):
        count = self.rng.choice((1, 1, 1, 2))
        ids = [self.rng.choice((b'>', b'>', b'0', self.make_id())) for _ in range(count)]
        return [self.key('stream') for _ in range(count)] + ids

    def make_by(self):
        return self.rng.choice((b'num*', b'weight*', b'hash*->1', b'hash*->a', b'nosort', b'*', b'none*', b'list*',
                                b'weight*->', b'hash*->', b'', b'->a', b'num*->x', b'**', b'weight1'))

    def make_get(self):
        return self.rng.choice((b'#', b'#', b'num*', b'hash*->a', b'hash*->1', b'str*', b'none*', b'list*', b'x', b'*',
                                b'weight*', b'hash*->', b''))

    def make_payload_ttl(self):
        return self.rng.choice((b'0', b'-1', b'abc', b'100000000000', b''))

    def make_lon(self):
        return self.among(lambda: b'%.6f' % self.rng.choice((self.rng.uniform(-180, 180), self.rng.uniform(13, 15))),
                          LONGITUDES + FLOATS, 0.08)

    def make_lat(self):
        return self.among(lambda: b'%.6f' % self.rng.choice((self.rng.uniform(-85, 85), self.rng.uniform(37, 39))),
                          LATITUDES + FLOATS, 0.08)

    def make_radius(self):
        return self.among(lambda: b'%d' % self.rng.choice((0, 1, 50, 200, 5000, 21000)), FLOATS, 0.12)

    def make_unit(self):
        return self.among(lambda: self.rng.choice((b'm', b'km', b'km', b'KM', b'ft', b'mi')), [b'', b'x', b'kms'], 0.03)

    def make_place(self):
        return self.rng.choice((b'a', b'b', b'c', b'd', b'e', b'f', b'g', b'Palermo', b'zz', b'1'))
