// node-redis against the server on the port in argv, over RESP2 and RESP3: typed replies, pools, iterators.
'use strict';
const { createClient, createClientPool, RESP_TYPES } = require('redis');
const { assert, check, range, rejects, run } = require('./checks');

const url = `redis://127.0.0.1:${process.argv[2]}`;
const clients = [];

const connect = async (options) => {
  const client = createClient({ url, ...options });
  client.on('error', () => {});
  clients.push(client);
  return client.connect();
};

for (const RESP of [2, 3]) {
  const on = (name, body) => check(`${name}, RESP${RESP}`, async () => body(await connect({ RESP })));

  on('strings', async (client) => {
    assert.equal(await client.get('k'), null);
    assert.equal(await client.set('k', 'v'), 'OK');
    assert.equal(await client.set('k', 'w', { condition: 'NX' }), null);
    assert.equal(await client.set('k', 'w', { expiration: { type: 'EX', value: 100 }, GET: true }), 'v');
    assert.ok((await client.ttl('k')) > 90);
    assert.equal(await client.getEx('k', { type: 'PERSIST' }), 'w');
    assert.equal(await client.append('k', 'ww'), 3);
    assert.equal(await client.getRange('k', 1, 2), 'ww');
    assert.equal(await client.getDel('k'), 'www');
    assert.equal(await client.incrBy('n', 5), 5);
    assert.equal(await client.incrByFloat('n', 0.5), '5.5');
    await rejects(client.incr('n'), 'ERR value is not an integer or out of range');
  });

  on('several keys', async (client) => {
    assert.equal(await client.mSet({ a: '1', b: '2', c: '3' }), 'OK');
    assert.deepEqual(await client.mGet(['a', 'none', 'c']), ['1', null, '3']);
    assert.equal(await client.mSetNX({ c: '1', d: '1' }), 0);
    assert.equal(await client.exists(['a', 'b', 'd']), 2);
    assert.equal(await client.del(['a', 'b', 'd']), 2);
    assert.equal(await client.copy('c', 'e'), 1);
    assert.equal(await client.rename('e', 'f'), 'OK');
    assert.deepEqual((await client.keys('*')).sort(), ['c', 'f']);
    assert.equal(await client.type('f'), 'string');
    assert.equal(await client.objectEncoding('f'), 'int');
  });

  on('LCS with ranges is a typed reply', async (client) => {
    await client.mSet({ a: 'ohmytext', b: 'mynewtext' });
    assert.equal(await client.lcs('a', 'b'), 'mytext');
    const reply = await client.lcsIdxWithMatchLen('a', 'b', { MINMATCHLEN: 4 });
    assert.equal(reply.len, 6);
    assert.equal(reply.matches.length, 1);
    assert.equal(reply.matches[0][2], 4);
  });

  on('times to live', async (client) => {
    await client.setEx('k', 100, 'v');
    assert.equal(await client.expire('k', 10, 'GT'), 0);
    assert.equal(await client.pExpireAt('k', 20000000000123), 1);
    assert.equal(await client.pExpireTime('k'), 20000000000123);
    assert.equal(await client.persist('k'), 1);
    assert.equal(await client.ttl('k'), -1);
  });

  on('binary', async (client) => {
    const buffers = client.withTypeMapping({ [RESP_TYPES.BLOB_STRING]: Buffer });
    const data = Buffer.from(range(70000, (n) => n % 256));
    await client.set('bin', data);
    assert.ok((await buffers.get('bin')).equals(data));
  });

  on('automatic pipelining of a thousand calls', async (client) => {
    await Promise.all(range(1000, (n) => client.set(`key:${n}`, `${n}`)));
    const replies = await Promise.all(range(1000, (n) => client.get(`key:${n}`)));
    assert.deepEqual(replies, range(1000, String));
  });

  on('scanIterator finds every key', async (client) => {
    await client.mSet(Object.fromEntries(range(700, (n) => [`key:${n}`, 'v'])));
    const found = new Set();
    for await (const keys of client.scanIterator({ MATCH: 'key:*', COUNT: 40 })) keys.forEach((key) => found.add(key));
    assert.equal(found.size, 700);
  });

  on('maps of CONFIG and CLIENT', async (client) => {
    assert.deepEqual({ ...(await client.configGet('databases')) }, { databases: '16' });
    assert.equal(await client.clientSetName('me'), 'OK');
    assert.equal(await client.clientGetName(), 'me');
    const info = await client.clientInfo();
    assert.equal(info.name, 'me');
    assert.equal(info.id, await client.clientId());
    assert.ok((await client.commandCount()) > 50);
    assert.deepEqual(await client.commandGetKeys(['MSET', 'a', '1', 'b', '2']), ['a', 'b']);
    assert.match(await client.info('server'), /redis_version:/);
  });

  check(`a pool of connections, RESP${RESP}`, async () => {
    const pool = createClientPool({ url, RESP }, { minimum: 1, maximum: 20 });
    pool.on('error', () => {});
    await pool.connect();
    await Promise.all(range(1000, () => pool.incr('shared')));
    assert.equal(await pool.get('shared'), '1000');
    await pool.close();
  });

  check(`a connection name and a database, RESP${RESP}`, async () => {
    const client = await connect({ RESP, name: 'named', database: 3 });
    assert.equal(await client.clientGetName(), 'named');
    await client.set('k', 'three');
    assert.equal(await control.get('k'), null);
    await client.select(0);
    assert.equal(await client.get('k'), null);
  });

  check(`a password, RESP${RESP}`, async () => {
    await control.configSet('requirepass', 'secret');
    try {
      const known = await connect({ RESP, password: 'secret' });
      assert.equal(await known.ping(), 'PONG');
    } finally {
      await control.configSet('requirepass', '');
    }
  });
}

const control = createClient({ url });
control.connect().then(() => run(
  () => control.flushAll(),
  () => [control, ...clients].forEach((client) => client.isOpen && client.destroy())));
