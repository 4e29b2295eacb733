#!/usr/bin/env python3
"""Starts a new command: source file, line in commands.list, wire test. Called by `./dev new command`."""
import os
import re
import sys

GROUPS = ['string', 'generic', 'connection', 'server', 'list', 'set', 'sorted_set', 'hash', 'stream', 'bitmap',
          'hyperloglog', 'geo', 'transactions', 'pubsub', 'scripting', 'cluster']
SOURCE = '''// {upper}.
#include "commands/rows.h"
#include "exec/request.h"
#include "resp/reply.h"
#include "store/shard.h"

namespace gyre::commands {{
namespace {{

using exec::Request;
using resp::Reply;
using store::Shard;

Status {name}(Request& request, Shard& shard, Reply& reply) {{
  return fail("ERR {upper} is being written");
}}

constexpr exec::Command kRows[] = {{
    {{.name = "{upper}",
     .since = "1.0.0",
     .group = exec::Group::{group},
     .complexity = "O(1)",
     .summary = "What {upper} does, in one sentence.",
     .syntax = "key",
     .flags = exec::kReadonly | exec::kFast,
     .keys = exec::kReadKey,
     .shape = exec::owner({name})}},
}};

}}  // namespace

extern const exec::Rows {symbol}{{kRows}};

}}  // namespace gyre::commands
'''
WIRE = '''# {upper}.
== {upper} on a missing key
> {upper} k
< nil
'''


def main():
    if len(sys.argv) != 2 or not re.fullmatch(r'[a-z_]+/[a-z][a-z0-9_]*', sys.argv[1]):
        sys.exit('usage: ./dev new command GROUP/NAME   (lower case, as in string/getdel)')
    path = sys.argv[1]
    group, name = path.split('/')
    root = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
    words = {'upper': name.upper(), 'name': name, 'group': group, 'symbol': path.replace('/', '_')}
    if group not in GROUPS:
        sys.exit(f'no such group: {group}; there are: {" ".join(GROUPS)}')
    for folder, _, files in os.walk(os.path.join(root, 'src', 'commands')):
        for file in files:
            with open(os.path.join(folder, file), encoding='utf-8') as text:
                if f'.name = "{name.upper()}"' in text.read():
                    sys.exit(f'{name.upper()} exists already: {os.path.relpath(os.path.join(folder, file), root)}')
    written = {f'src/commands/{path}.cc': SOURCE.format(**words), f'tests/wire/{path}.wire': WIRE.format(**words)}
    for file, text in written.items():
        full = os.path.join(root, file)
        if os.path.exists(full):
            print(f'{file} exists already')
            continue
        os.makedirs(os.path.dirname(full), exist_ok=True)
        with open(full, 'w', encoding='utf-8') as out:
            out.write(text)
        print(f'wrote {file}')
    listed = os.path.join(root, 'src', 'commands', 'commands.list')
    with open(listed, encoding='utf-8') as file:
        lines = file.read().splitlines()
    if path not in lines:
        comments = [line for line in lines if line.startswith('#')]
        names = sorted({line for line in lines if line and not line.startswith('#')} | {path})
        with open(listed, 'w', encoding='utf-8') as out:
            out.write('\n'.join(comments + names) + '\n')
        print('added a line to src/commands/commands.list')
    print(f'next: the row and the handler, then ./dev test {name}')


if __name__ == '__main__':
    main()
