#!/usr/bin/env python3
"""redis-py against the server: every call that a program of strings and keys makes, replies parsed by the client."""
import datetime
import threading
import unittest

import harness
from harness import ServerCase, main

try:
    import redis
except ImportError:
    redis = None


@unittest.skipIf(redis is None, 'python3-redis is not installed')
class RedisPy(ServerCase):
    def setUp(self):
        super().setUp()
        self.r = redis.Redis(port=self.port, decode_responses=True)
        self.addCleanup(self.r.close)

    def test_set_and_get(self):
        r = self.r
        self.assertIsNone(r.get('k'))
        self.assertIs(r.set('k', 'v'), True)
        self.assertEqual(r.get('k'), 'v')
        self.assertIsNone(r.set('k', 'w', nx=True))
        self.assertIs(r.set('k', 'w', xx=True, ex=100), True)
        self.assertTrue(95 <= r.ttl('k') <= 100)
        self.assertEqual(r.set('k', 'x', keepttl=True, get=True), 'w')
        self.assertTrue(95 <= r.ttl('k') <= 100)
        self.assertIs(r.set('k', 'x', px=datetime.timedelta(seconds=50)), True)
        self.assertIs(r.set('k', 'x', exat=20000000000), True)
        self.assertEqual(r.expiretime('k') if hasattr(r, 'expiretime') else 20000000000, 20000000000)
        r['item'] = 'set'
        self.assertEqual(r['item'], 'set')
        self.assertIn('item', r)
        del r['item']
        self.assertNotIn('item', r)

    def test_binary_values(self):
        r = redis.Redis(port=self.port)
        data = bytes(range(256)) * 300
        r.set(b'\x00\r\n', data)
        self.assertEqual(r.get(b'\x00\r\n'), data)
        self.assertEqual(r.getrange(b'\x00\r\n', 250, 260), data[250:261])
        big = b'x' * 20_000_000
        r.set('big', big)
        self.assertTrue(r.get('big') == big, 'a value of 20 MB came back changed')
        r.close()

    def test_many_keys(self):
        r = self.r
        pairs = {f'key:{n}': f'value:{n}' for n in range(500)}
        self.assertIs(r.mset(pairs), True)
        self.assertEqual(r.mget(list(pairs)), list(pairs.values()))
        self.assertEqual(r.mget('key:1', 'none'), ['value:1', None])
        self.assertIs(r.msetnx({'key:1': 'x', 'new': 'x'}), False)
        self.assertIs(r.msetnx({'new:1': 'x', 'new:2': 'x'}), True)
        self.assertEqual(r.exists('key:1', 'key:2', 'none'), 2)
        self.assertEqual(r.touch('key:1', 'none'), 1)
        self.assertEqual(r.delete('new:1', 'new:2', 'none'), 2)
        self.assertEqual(r.unlink('key:499'), 1)
        self.assertEqual(r.dbsize(), 499)
        self.assertEqual(sorted(r.scan_iter()), sorted(set(pairs) - {'key:499'}))
        self.assertEqual(sorted(r.scan_iter(match='key:1?', count=3)), [f'key:1{n}' for n in range(10)])
        self.assertEqual(sorted(r.scan_iter(_type='string', match='key:?')), [f'key:{n}' for n in range(10)])
        self.assertEqual(sorted(r.keys('key:2?')), [f'key:2{n}' for n in range(10)])
        self.assertIn(r.randomkey(), pairs)

    def test_numbers(self):
        r = self.r
        self.assertEqual([r.incr('n'), r.incr('n', 5), r.decr('n'), r.decrby('n', 7)], [1, 6, 5, -2])
        self.assertEqual(r.incrbyfloat('n', 1.5), -0.5)
        r.set('text', 'abc')
        with self.assertRaisesRegex(redis.ResponseError, '^value is not an integer or out of range$'):
            r.incr('text')

    def test_parts_of_values(self):
        r = self.r
        self.assertEqual(r.append('k', 'Hello '), 6)
        self.assertEqual(r.append('k', 'World'), 11)
        self.assertEqual(r.getrange('k', -5, -1), 'World')
        self.assertEqual(r.substr('k', 0, 4), 'Hello')
        self.assertEqual(r.setrange('k', 6, 'Redis'), 11)
        self.assertEqual(r.strlen('k'), 11)
        self.assertEqual(r.getset('k', 'new'), 'Hello Redis')
        self.assertEqual(r.getex('k', ex=100), 'new')
        self.assertTrue(r.ttl('k') > 90)
        self.assertEqual(r.getex('k', persist=True), 'new')
        self.assertEqual(r.ttl('k'), -1)
        self.assertEqual(r.getdel('k'), 'new')
        self.assertEqual(r.strlen('k'), 0)

    def test_times_to_live(self):
        r = self.r
        self.assertIs(r.expire('k', 100), False)
        self.assertIs(r.setex('k', 100, 'v'), True)
        self.assertIs(r.psetex('p', 100000, 'v'), True)
        self.assertTrue(90000 < r.pttl('p') <= 100000)
        self.assertIs(r.expire('k', datetime.timedelta(minutes=10)), True)
        self.assertTrue(590 <= r.ttl('k') <= 600)
        self.assertIs(r.expire('k', 10, gt=True), False)
        self.assertIs(r.expire('k', 10, lt=True), True)
        self.assertIs(r.expire('k', 10, nx=True), False)
        self.assertIs(r.pexpireat('k', 20000000000000, xx=True), True)
        self.assertIs(r.expireat('k', datetime.datetime(2300, 1, 1)), True)
        self.assertIs(r.persist('k'), True)
        self.assertEqual((r.ttl('k'), r.ttl('none')), (-1, -2))

    def test_names_and_databases(self):
        r = self.r
        other = redis.Redis(port=self.port, db=9, decode_responses=True)
        self.addCleanup(other.close)
        r.set('a', '1')
        self.assertIs(r.rename('a', 'b'), True)
        self.assertIs(r.renamenx('b', 'c'), True)
        self.assertIs(r.copy('c', 'd'), True)
        self.assertIs(r.copy('c', 'd'), False)
        self.assertIs(r.copy('c', 'c', destination_db=9), True)
        self.assertIs(r.move('d', 9), True)
        self.assertEqual(sorted(other.keys()), ['c', 'd'])
        self.assertEqual(r.type('c'), 'string')
        self.assertEqual(r.object('encoding', 'c'), 'int')
        self.assertIs(r.swapdb(0, 9), True)
        self.assertEqual(r.dbsize(), 2)
        self.assertIs(r.flushdb(), True)
        self.assertEqual((r.dbsize(), other.dbsize()), (0, 1))
        self.assertIs(r.flushall(asynchronous=True), True)
        self.assertEqual(other.dbsize(), 0)
        with self.assertRaisesRegex(redis.ResponseError, '^no such key$'):
            r.rename('none', 'x')

    def test_pipelines(self):
        with self.r.pipeline(transaction=False) as pipe:
            for n in range(2000):
                pipe.set(f'key:{n}', n)
            for n in range(2000):
                pipe.get(f'key:{n}')
            answers = pipe.execute()
        self.assertEqual(answers[:2000], [True] * 2000)
        self.assertEqual(answers[2000:], [str(n) for n in range(2000)])
        with self.r.pipeline(transaction=False) as pipe:
            pipe.set('text', 'abc').incr('text').get('text')
            answers = pipe.execute(raise_on_error=False)
        self.assertIsInstance(answers[1], redis.ResponseError)
        self.assertEqual((answers[0], answers[2]), (True, 'abc'))

    def test_a_pool_shared_by_threads(self):
        wrong = []

        def work(index):
            for n in range(100):
                key = f'thread:{index}:{n}'
                self.r.set(key, key)
                if self.r.get(key) != key or self.r.incr('shared') < 1:
                    wrong.append(key)

        threads = [threading.Thread(target=work, args=(index,)) for index in range(16)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        self.assertEqual(wrong, [])
        self.assertEqual(self.r.get('shared'), '1600')

    def test_the_connection_itself(self):
        r = redis.Redis(port=self.port, decode_responses=True, client_name='me', health_check_interval=1,
                        socket_keepalive=True, socket_timeout=60)
        self.addCleanup(r.close)
        self.assertIs(r.ping(), True)
        self.assertEqual(r.echo('hello'), 'hello')
        self.assertEqual(r.client_getname(), 'me')
        self.assertIs(r.client_setname('other'), True)
        info = r.client_info()
        self.assertEqual((info['name'], info['id'], info['db']), ('other', r.client_id(), 0))
        self.assertIn('other', [entry['name'] for entry in r.client_list()])
        self.assertEqual(len(r.client_list(client_id=[str(info['id'])])), 1)
        self.assertIn(r.client_no_evict('ON'), ('OK', True))
        self.assertIs(r.client_pause(10, all=False), True)
        self.assertIn(r.client_unpause(), ('OK', True))
        other = redis.Redis(port=self.port)
        self.addCleanup(other.close)
        self.assertEqual(self.r.client_kill_filter(_id=other.client_id()), 1)
        self.assertIs(other.ping(), True)
        self.assertTrue(r.time()[0] > 1600000000)

    def test_a_password(self):
        self.r.config_set('requirepass', 'secret')
        self.addCleanup(lambda: harness.server.control.call('CONFIG', 'SET', 'requirepass', ''))
        with self.assertRaises(redis.AuthenticationError):
            redis.Redis(port=self.port).ping()
        with self.assertRaisesRegex(redis.RedisError, '^WRONGPASS invalid username-password pair'):
            redis.Redis(port=self.port, password='wrong').ping()
        self.assertIs(redis.Redis(port=self.port, password='secret').ping(), True)
        self.assertIs(redis.Redis(port=self.port, username='default', password='secret').ping(), True)

    def test_what_the_client_reads_about_the_server(self):
        r = self.r
        r.set('k', 'v', ex=100)
        info = r.info()
        self.assertEqual(info['db0']['keys'], 1)
        self.assertEqual((info['redis_version'].count('.'), info['role']), (2, 'master'))
        self.assertTrue(info['used_memory'] > 0 and info['connected_clients'] >= 1)
        self.assertEqual(r.info('commandstats')['cmdstat_set']['calls'] > 0, True)
        self.assertEqual(r.config_get('maxmemory-p*'), {'maxmemory-policy': 'noeviction'})
        self.assertIs(r.config_set('maxmemory-samples', 7), True)
        self.assertIs(r.config_set('maxmemory-samples', 5), True)
        self.assertIs(r.config_resetstat(), True)
        table = r.command()
        self.assertEqual(table['get']['arity'], 2)
        self.assertIn('readonly', table['get']['flags'])
        self.assertEqual(r.command_count(), len(table))
        self.assertIn('mget', r.command_list(category='string'))
        self.assertEqual(r.command_getkeys('MSET', 'a', '1', 'b', '2'), ['a', 'b'])
        self.assertIsInstance(r.lolwut(), str)


if __name__ == '__main__':
    main()
