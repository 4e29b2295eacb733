"""Lines of a small grammar, and the random commands that are made of them.

    WORD          a keyword, in upper, lower or mixed case
    name          a value, made by values.Values
    ( a | b )     one of them              [ a ]   perhaps            x+    once or a few times
    *zset         a number of keys and the keys
    { a } { b }   options: any of them in any order; now and then one twice, or two that exclude each other
    !             the line is sent as made, never disturbed
    0.1           how often the line is chosen, 1 without
"""
import re

TOKENS = re.compile(r'[][{}()|+]|[^][{}()|+\s]+')


class Line:
    """One line of the grammar: what it is made of and how it is used."""

    def __init__(self, text):
        words = TOKENS.findall(text)
        self.weight = 1.0
        self.is_calm = False
        while words[0] == '!' or words[0][0].isdigit():
            if words[0] == '!':
                self.is_calm = True
            else:
                self.weight = float(words[0])
            words.pop(0)
        self.name = words[0].lower()
        self.words, self.at = words, 0
        self.parts = self.sequence(None)

    def sequence(self, end):
        parts = []
        while self.at < len(self.words) and self.words[self.at] not in (end, '|'):
            part = self.item()
            if part[0] == 'options' and parts and parts[-1][0] == 'options':
                parts[-1][1].extend(part[1])
            else:
                parts.append(part)
        return parts

    def choices(self, end):
        """The alternatives up to a closing bracket."""
        found = [self.sequence(end)]
        while self.words[self.at] == '|':
            self.at += 1
            found.append(self.sequence(end))
        self.at += 1
        return found

    def item(self):
        word = self.words[self.at]
        self.at += 1
        if word == '(':
            part = ('choice', self.choices(')'))
        elif word == '[':
            part = ('perhaps', self.choices(']'))
        elif word == '{':
            part = ('options', [self.choices('}')])
        elif word[0] == '*':
            part = ('keys', word[1:])
        elif re.fullmatch(r'[a-z][a-z0-9_]*', word):
            part = ('value', word)
        else:
            part = ('word', word)
        if self.at < len(self.words) and self.words[self.at] == '+':
            self.at += 1
            part = ('again', part)
        return part


def random_case(rng, word):
    pick = rng.random()
    if pick < 0.7:
        return word.encode()
    if pick < 0.85:
        return word.lower().encode()
    return ''.join(rng.choice((c.lower(), c.upper())) for c in word).encode()


def make_parts(parts, rng, values, out):
    for kind, what in parts:
        if kind == 'word':
            out.append(random_case(rng, what))
        elif kind == 'value':
            out += values.make(what)
        elif kind == 'keys':
            keys = [key for _ in range(rng.choice((1, 1, 2, 2, 3))) for key in values.make(what)]
            values.number_of_keys = len(keys)
            out.append(b'%d' % len(keys) if rng.random() < 0.93 else values.make('int')[0])
            out += keys
        elif kind == 'choice':
            make_parts(rng.choice(what), rng, values, out)
        elif kind == 'perhaps':
            if rng.random() < 0.5:
                make_parts(rng.choice(what), rng, values, out)
        elif kind == 'again':
            for _ in range(rng.choice((1, 1, 1, 2, 2, 3, 4))):
                make_parts([what], rng, values, out)
        else:
            make_options(what, rng, values, out)


def make_options(options, rng, values, out):
    chance = rng.choice((0.2, 0.5, 0.8))
    chosen = [rng.choice(option) for option in options if rng.random() < chance]
    rng.shuffle(chosen)
    if rng.random() < 0.08:
        chosen.insert(rng.randrange(len(chosen) + 1), rng.choice(rng.choice(options)))
    for parts in chosen:
        make_parts(parts, rng, values, out)


def disturb(argv, rng, values):
    """What a careless client sends: an argument too many, too few, at the wrong place or of the wrong kind."""
    at = rng.randrange(1, len(argv) + 1)
    pick = rng.random()
    if pick < 0.2:
        del argv[at:at + 1]
    elif pick < 0.3:
        argv.insert(at, argv[at - 1] if at > 1 else values.make('any')[0])
    elif pick < 0.45 and at + 1 < len(argv):
        argv[at], argv[at + 1] = argv[at + 1], argv[at]
    elif pick < 0.65:
        argv.insert(at, values.make(rng.choice(('boundary', 'boundary_float', 'any', 'keyword')))[0])
    elif pick < 0.7:
        argv.append(values.make('keyword')[0])
    elif pick < 0.75:
        del argv[at:]
    elif at < len(argv):
        argv[at] = values.make(rng.choice(('boundary', 'boundary_float', 'any', 'elem', 'keyword')))[0]
