// The npm package in plain Node: imported by its folder, asked as its types say.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { pathToFileURL } from 'node:url';

const folder = process.env.PORTOLAN_PACKAGE;
const { exports } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
const engine = await import(pathToFileURL(join(folder, exports['.'].node)).href);
const { World, version } = engine;
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

test('every recorded manifest is answered with the native bytes, on single- and dual-stack clusters', () => {
  const fnv = (text) => {
    let hash = 0xcbf29ce484222325n;
    for (const byte of Buffer.from(text)) hash = BigInt.asUintN(64, (hash ^ BigInt(byte)) * 0x100000001b3n);
    return hash.toString(16).padStart(16, '0');
  };
  const ranges = { singleStack: '10.96.0.0/12', dualStack: '10.96.0.0/12,fd00:10:96::/108' };
  const lines = readFileSync(process.env.PORTOLAN_DIGESTS, 'utf8').trim().split('\n');
  for (const line of lines) {
    const [cluster, name, , apply] = line.split(' ');
    const settings = `apiVersion: kubeadm.k8s.io/v1beta4\nkind: ClusterConfiguration\nnetworking:\n  serviceSubnet: "${ranges[cluster]}"\n`;
    const text = readFileSync(join(import.meta.dirname, '../corpus/apiserver', `${name}.yaml`), 'utf8');
    const world = new World([{ name: 'cluster.yaml', text: settings }, { name: 'case.yaml', text }]);
    assert.equal(fnv(JSON.stringify(world.apply())), apply, `${cluster} ${name}`);
    world.free();
  }
  assert.equal(lines.length, 468);
});

test('an update keeps what a running cluster keeps', () => {
  const service = (ip, port) => `apiVersion: v1\nkind: Service\nmetadata: {name: web}\nspec: {${ip}ports: [{port: ${port}}]}\n`;
  const first = new World(service('clusterIP: 10.96.7.7, ', 80));
  const second = first.update(service('', 81));
  assert.match(second.get('svc'), /10\.96\.7\.7 .* 81\/TCP/);
  assert.match(first.get('svc'), /10\.96\.7\.7 .* 80\/TCP/);
  const refused = first.update(service('clusterIP: 10.96.7.8, ', 82));
  assert.ok(refused.check().diagnostics.some((one) => one.message.endsWith('may not change once set')));
  assert.match(refused.get('svc'), /10\.96\.7\.7 .* 80\/TCP/);
});

test('the rules of a node are those of its mode, or of the mode asked for, which changes nothing else', () => {
  const world = new World(manifest, { mode: 'nftables' });
  const before = world.rules('worker-1');
  assert.match(before.rules, /^table ip kube-proxy/);
  assert.match(world.rules('worker-1', 'iptables').rules, /^\*mangle/m);
  assert.match(world.rules('worker-1', 'ipvs').rules, /^-A -t 10\.96\.0\.1:443 -s rr/m);
  assert.deepEqual(world.rules('worker-1'), before);
  assert.throws(() => world.rules('worker-9'), /worker-9/);
  // Whatever plain JavaScript passes is answered by an Error, and the engine goes on.
  for (const wrong of [1, {}, [], Symbol.iterator, null, undefined, true, 10n]) {
    for (const ask of [() => world.rules(wrong), () => world.get(wrong), () => world.dns(wrong, 'web'), () => world.dns('external', wrong), () => world.flows(wrong, []), () => world.flows('worker-1', [wrong]), () => world.trace(wrong)]) {
      assert.throws(ask, (thrown) => thrown instanceof Error && !(thrown instanceof WebAssembly.RuntimeError), String(ask));
    }
    if (wrong != null) assert.throws(() => world.test(wrong), /must be a string/);
  }
  assert.throws(() => world.trace({ get from() { throw new Error('a getter of mine'); }, to: 'web:80' }), /a getter of mine/);
  assert.throws(() => world.trace({ from: 'external', to: 'web:80', protcol: 'UDP' }), /unknown option protcol; there are from, to, protocol, seed/);
  assert.throws(() => world.simulate({ duration: '0s' }), /no duration/);
  assert.ok(world.rules('worker-1').rules.length > 0);
  assert.throws(() => world.rules('worker-1', 'ebpf'), /ebpf/);
});

test('a route is its trace without the way', () => {
  const world = new World(manifest);
  for (const to of ['web-np.shop:80', 'node/worker-1:31000', '10.96.99.99:80']) {
    const { hops, reply, ...rest } = world.trace({ from: 'node/worker-1', to, seed: 3 });
    assert.ok(hops && reply);
    assert.equal(JSON.stringify(world.route({ from: 'node/worker-1', to, seed: 3 })), JSON.stringify(rest));
  }
});

test('expectations are tried, and say what happens instead', () => {
  const { test: tried } = engine;
  const expectation = (spec) => `${manifest}\n---\napiVersion: portolan.dev/v1alpha1\nkind: Expectation\nspec: ${spec}\n`;
  const client = 'from: pod/shop/client, to: "web:80"';
  const right = tried(expectation(`{${client}}`));
  assert.deepEqual([right.passed, right.failed, right.results[0].holds], [1, 0, true]);
  const wrong = tried([{ name: 'shop.yaml', text: expectation(`{${client}, verdict: dropped}`) }]);
  assert.deepEqual([wrong.passed, wrong.failed], [0, 1]);
  assert.equal(wrong.results[0].failures[0].expected, 'dropped');
  assert.match(wrong.results[0].failures[0].found, /^delivered to /);
  assert.throws(() => tried(expectation(`{${client}, verdit: dropped}`)), /did you mean verdict/);
});
