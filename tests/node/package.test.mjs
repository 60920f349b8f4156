// The npm package in plain Node: imported by its folder, asked as its types say.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { pathToFileURL } from 'node:url';

const folder = process.env.PORTOLAN_PACKAGE;
const { exports } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
const { World, version } = await import(pathToFileURL(join(folder, exports['.'].node)).href);
const cases = join(import.meta.dirname, '../cases/traces');
const manifest = readFileSync(join(cases, 'shop.yaml'), 'utf8');

test('every shared trace is the object that the native binary prints', () => {
  const world = new World([{ name: 'shop.yaml', text: manifest }]);
  const expected = JSON.parse(readFileSync(join(cases, 'expected.json'), 'utf8'));
  for (const [seed, { from, to, protocol, answer }] of expected.entries()) {
    assert.equal(JSON.stringify(world.trace({ from, to, protocol, seed })), JSON.stringify(answer), `${from} ${to}`);
  }
});

test('the package says its version', () => {
  const { version: expected } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
  assert.equal(version(), expected);
});

test('an error is an Error, and names what was wrong', () => {
  const world = new World(manifest);
  assert.throws(() => world.trace({ from: 'nobody', to: 'web:80' }), /nobody/);
  assert.throws(() => new World(manifest, { stord: true }), /stord/);
});

test('two worlds do not know of each other', () => {
  const one = new World(manifest);
  const other = new World('');
  assert.match(one.get('svc', 'shop'), /web-np/);
  assert.throws(() => other.get('svc', 'shop'), /No resources found in shop namespace/);
});
