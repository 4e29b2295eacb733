#!/usr/bin/env python3
"""COMMAND INFO of every row that the installed redis-server has too: arity, flags, categories, keys.

Runs against the redis-server on the PATH; without one it is skipped.
"""
import os
import re
import shutil
import subprocess
import sys

from harness import GYRE, REDIS, Server

# What changed in Redis 7.2: fields that an older peer tells otherwise.
BEFORE_7_2 = {
    'client|pause': ['docs'],               # the version it came with was corrected
    'command|getkeys': ['arity'],           # the command may come without arguments
    'command|getkeysandflags': ['arity'],
    'wait': ['flags', 'categories'],        # blocks like other commands that block
    'zrank': ['arity'],                     # WITHSCORE
    'zrevrank': ['arity'],
}
FIELDS = ['arity', 'flags', 'first', 'last', 'step', 'categories', 'keys']


def plain(reply):
    """Bytes to text, sets to sorted lists, maps to dictionaries."""
    value = reply.value
    if reply.kind in '$+=':
        return None if value is None else value.decode()
    if reply.kind == '~':
        return sorted((plain(item) for item in value), key=str)
    if reply.kind == '%':
        return {plain(key): plain(item) for key, item in value}
    if reply.kind in '*>':
        return None if value is None else [plain(item) for item in value]
    return value


def rows(server):
    """(name, description without tips) of every command and subcommand."""
    connection = server.control
    connection.call('HELLO', '3')
    found = {}

    def add(row):
        name, arity, flags, first, last, step, categories, _, keys, subcommands = row
        for key in keys:
            key['notes'] = 'notes' in key  # their wording is not ours
        keys.sort(key=str)
        found[name] = dict(zip(FIELDS, (arity, flags, first, last, step, categories, keys)))
        for sub in subcommands:
            add(sub)
    for row in plain(connection.call('COMMAND')):
        add(row)
    return found


def docs(server):
    """(group, since) by name."""
    found = {}

    def add(name, doc):
        found[name] = (doc.get('group'), doc.get('since'))
        for sub, inner in doc.get('subcommands', {}).items():
            add(sub, inner)
    for name, doc in plain(server.control.call('COMMAND', 'DOCS')).items():
        add(name, doc)
    return found


def main():
    peer = os.environ.get('GYRE_PEER') or shutil.which('redis-server')
    if not peer:
        print('0 passed, 0 failed, 1 skipped')
        return 0
    version = re.search(r'v=([\d.]+)', subprocess.run([peer, '--version'], capture_output=True, text=True).stdout)
    if not version:
        print(f'{peer} tells no version\n0 passed, 1 failed')
        return 1
    print(f'comparing with {peer} {version.group(1)}')
    known = BEFORE_7_2 if tuple(map(int, version.group(1).split('.'))) < (7, 2) else {}
    servers = []
    try:
        servers.append(Server(GYRE, 1, []))
        servers.append(Server(peer + REDIS, 1, []))
        ours, theirs = (rows(server) for server in servers)
        our_docs, their_docs = (docs(server) for server in servers)
    finally:
        for server in servers:
            server.stop()
    passed = failed = 0
    for name in sorted(set(ours) & set(theirs)):
        wrong = [f'{field}: {ours[name][field]}, theirs {theirs[name][field]}' for field in FIELDS
                 if ours[name][field] != theirs[name][field] and field not in known.get(name, ())]
        if our_docs[name] != their_docs[name] and 'docs' not in known.get(name, ()):
            wrong.append(f'group and since: {our_docs[name]}, theirs {their_docs[name]}')
        for text in wrong:
            print(f'FAIL {name}: {text}')
        failed += bool(wrong)
        passed += not wrong
    print('only here: ' + ' '.join(sorted(set(ours) - set(theirs))))
    print(f'{passed} passed, {failed} failed')
    return 1 if failed or not passed else 0


if __name__ == '__main__':
    sys.exit(main())
