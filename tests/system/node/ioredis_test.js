// ioredis against the server on the port in argv: commands, auto pipelining, reconnects, typed replies.
'use strict';
const Redis = require('ioredis');
const { assert, check, range, rejects, run } = require('./checks');

const port = Number(process.argv[2]);
const redis = new Redis({ port });

check('strings', async () => {
  assert.equal(await redis.get('k'), null);
  assert.equal(await redis.set('k', 'v'), 'OK');
  assert.equal(await redis.get('k'), 'v');
  assert.equal(await redis.set('k', 'w', 'NX'), null);
  assert.equal(await redis.set('k', 'w', 'EX', 100, 'XX', 'GET'), 'v');
  assert.ok((await redis.ttl('k')) > 90);
  assert.equal(await redis.append('k', '!!'), 3);
  assert.equal(await redis.strlen('k'), 3);
  assert.equal(await redis.getrange('k', -2, -1), '!!');
  assert.equal(await redis.setrange('k', 1, '??'), 3);
  assert.equal(await redis.getset('k', 'new'), 'w??');
  assert.equal(await redis.getex('k', 'PERSIST'), 'new');
  assert.equal(await redis.getdel('k'), 'new');
  assert.equal(await redis.lcs('k', 'l', 'LEN'), 0);
});

check('numbers', async () => {
  assert.deepEqual(
    await Promise.all([redis.incr('n'), redis.incrby('n', 9), redis.decr('n'), redis.decrby('n', 4)]),
    [1, 10, 9, 5]);
  assert.equal(await redis.incrbyfloat('n', '0.5'), '5.5');
  await rejects(redis.incr('n'), 'ERR value is not an integer or out of range');
});

check('objects and maps as arguments', async () => {
  assert.equal(await redis.mset({ a: 1, b: 'two', c: '' }), 'OK');
  assert.equal(await redis.mset(new Map([['d', '4']])), 'OK');
  assert.deepEqual(await redis.mget('a', 'b', 'c', 'd', 'e'), ['1', 'two', '', '4', null]);
  assert.equal(await redis.msetnx({ a: 1, z: 1 }), 0);
  assert.equal(await redis.del('a', 'b', 'none'), 2);
  assert.equal(await redis.exists('c', 'd', 'd'), 3);
});

check('binary', async () => {
  const data = Buffer.from(range(256, (n) => n));
  await redis.set('bin', data);
  assert.deepEqual(await redis.getBuffer('bin'), data);
  const big = Buffer.alloc(5_000_000, 'abc');
  await redis.set('big', big);
  assert.ok((await redis.getBuffer('big')).equals(big));
});

check('a pipeline keeps order and tells errors in their place', async () => {
  const pipeline = redis.pipeline();
  range(1000, (n) => pipeline.set(`key:${n}`, n));
  range(1000, (n) => pipeline.get(`key:${n}`));
  pipeline.incr('key:0').call('NOSUCH').get('key:0');
  const replies = await pipeline.exec();
  assert.deepEqual(replies.slice(1000, 2000), range(1000, (n) => [null, String(n)]));
  assert.deepEqual(replies[2000], [null, 1]);
  assert.match(replies[2001][0].message, /^ERR unknown command 'NOSUCH'/i);
  assert.deepEqual(replies[2002], [null, '1']);
});

check('auto pipelining', async () => {
  const auto = new Redis({ port, enableAutoPipelining: true });
  await Promise.all(range(500, (n) => auto.set(`key:${n}`, n)));
  assert.deepEqual(await Promise.all(range(500, (n) => auto.get(`key:${n}`))), range(500, String));
  await auto.quit();
});

check('scanStream finds every key', async () => {
  await redis.mset(Object.fromEntries(range(700, (n) => [`key:${n}`, n])));
  const found = new Set();
  for await (const keys of redis.scanStream({ match: 'key:*', count: 50 })) keys.forEach((key) => found.add(key));
  assert.equal(found.size, 700);
});

check('databases, names and passwords of a connection', async () => {
  const other = new Redis({ port, db: 5, connectionName: 'me' });
  await other.set('k', 'five');
  assert.equal(await redis.get('k'), null);
  assert.equal(await other.client('GETNAME'), 'me');
  assert.equal(await other.move('k', 0), 1);
  assert.equal(await redis.get('k'), 'five');
  other.disconnect();
  await redis.config('SET', 'requirepass', 'secret');
  try {
    const known = new Redis({ port, password: 'secret' });
    assert.equal(await known.ping(), 'PONG');
    known.disconnect();
    const unknown = new Redis({ port, lazyConnect: true, enableReadyCheck: false });
    unknown.on('error', () => {});
    await rejects(unknown.ping(), 'NOAUTH Authentication required.');
    unknown.disconnect();
  } finally {
    await redis.config('SET', 'requirepass', '');
  }
});

check('a connection that was killed comes back', async () => {
  const victim = new Redis({ port, retryStrategy: () => 10 });
  const id = await victim.client('ID');
  const again = new Promise((resolve) => victim.once('reconnecting', () => victim.once('ready', resolve)));
  assert.equal(await redis.client('KILL', 'ID', id), 1);
  await again;
  assert.notEqual(await victim.client('ID'), id);
  victim.disconnect();
});

check('INFO, CONFIG and COMMAND', async () => {
  assert.match(await redis.info('server'), /redis_version:\d+\.\d+\.\d+/);
  assert.deepEqual(await redis.config('GET', 'databases'), ['databases', '16']);
  assert.ok((await redis.command('COUNT')) > 50);
  assert.deepEqual(await redis.command('GETKEYS', 'mset', 'a', '1', 'b', '2'), ['a', 'b']);
  assert.equal((await redis.time()).length, 2);
});

check('many connections at once', async () => {
  const crowd = range(100, () => new Redis({ port }));
  await Promise.all(crowd.flatMap((one) => range(20, () => one.incr('shared'))));
  assert.equal(await redis.get('shared'), '2000');
  await Promise.all(crowd.map((one) => one.quit()));
});

run(() => redis.flushall(), () => redis.quit());
