// Runs named async checks one after another and prints how many passed: the frame of both client tests.
'use strict';
const assert = require('node:assert/strict');

const checks = [];

exports.assert = assert;
exports.check = (name, body) => checks.push([name, body]);

exports.range = (count, body) => Array.from({ length: count }, (_, n) => body(n));

exports.rejects = (promise, text) =>
  assert.rejects(promise, (error) => error.message === text || assert.fail(`got: ${error.message}`));

// `fresh` empties the server before each check; `close` ends what would keep the process alive.
exports.run = async (fresh, close) => {
  let passed = 0;
  let failed = 0;
  for (const [name, body] of checks) {
    try {
      await fresh();
      await body();
      passed += 1;
    } catch (error) {
      failed += 1;
      console.log(`FAIL ${name}\n${error.stack}`);
    }
  }
  await close();
  console.log(`${passed} passed, ${failed} failed`);
  // Timers of a closed pool of node-redis would keep the process alive and then throw.
  process.exit(failed === 0 && passed > 0 ? 0 : 1);
};
