#!/usr/bin/env python3
"""ioredis and node-redis against the server; their packages are installed by ./dev, or found in NODE_PATH."""
import os
import re
import shutil
import subprocess
import unittest

from harness import ROOT, ServerCase, main

NODE = shutil.which('node')
MODULES = os.environ.get('NODE_PATH', os.path.join(ROOT, 'build', 'node', 'node_modules'))
SCRIPTS = os.path.join(ROOT, 'tests', 'system', 'node')


@unittest.skipIf(NODE is None, 'node is not installed')
class NodeClients(ServerCase):
    def run_script(self, package, script):
        if not os.path.isdir(os.path.join(MODULES, package)):
            self.skipTest(f'the npm package {package} is not installed')
        result = subprocess.run([NODE, os.path.join(SCRIPTS, script), str(self.port)], text=True, timeout=120,
                                stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                                env={**os.environ, 'NODE_PATH': MODULES})
        print(result.stdout, end='')
        self.assertEqual(result.returncode, 0, result.stdout)
        self.assertRegex(result.stdout, re.compile(r'^[1-9]\d* passed, 0 failed$', re.M))

    def test_ioredis(self):
        self.run_script('ioredis', 'ioredis_test.js')

    def test_node_redis(self):
        self.run_script('redis', 'node_redis_test.js')


if __name__ == '__main__':
    main()
