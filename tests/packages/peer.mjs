// Beside @ngrok/webernetes, the peer that also has Services in a browser: size, time until the first answer, and processor
// time of a request. `cargo xtask bench peer` runs it; both are bundled and minified by esbuild and run in fresh processes of
// Node on the same machine.
//
// How fair that is: the requests are alike (resolve, choose an endpoint of three, arrive), what is done for them is not.
// Ours follows a packet through address translation and rules; `trace` gives back a report of each step with the rules'
// text, `route` what became of it, both made in wasm, printed and parsed; no server runs. Theirs runs a JavaScript handler and gives back its HTTP response, tells listeners of a chain
// of hops, and before the first request its kubelets start pods in real time, which ours has no need to. It does more of
// Kubernetes (pods that run code, probes); ours more of Services.
import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { brotliCompressSync, gzipSync } from 'node:zlib';
import { build } from 'esbuild';
import { median } from '../bench/table.mjs';

const COUNT = 20_000;
const out = join(process.env.PORTOLAN_PACKAGE, '../npm-peer');

const pods = [1, 2, 3].map((number) => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name: `web-${number}`, namespace: 'default', labels: { app: 'web' } },
  spec: { containers: [{ name: 'web', image: 'web:1', ports: [{ containerPort: 8080 }] }] },
}));
const service = {
  apiVersion: 'v1',
  kind: 'Service',
  metadata: { name: 'web', namespace: 'default' },
  spec: { type: 'NodePort', clusterIP: '10.96.7.7', selector: { app: 'web' }, ports: [{ port: 80, targetPort: 8080, nodePort: 31000 }] },
};

/** Ours: what answers `ask(kind)`, with the way of each packet or (`route`) without. */
const portolan = (question) => async () => {
  const { World } = await import(pathToFileURL(join(process.env.PORTOLAN_PACKAGE, 'node.js')).href);
  const client = { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'client' }, spec: { containers: [{ name: 'c', image: 'c' }] } };
  // JSON is YAML.
  const world = new World([service, client, ...pods].map((object) => JSON.stringify(object)).join('\n---\n'));
  const requests = {
    clusterIP: { from: 'pod/client', to: '10.96.7.7:80' },
    nodePort: { from: 'external', to: 'node/worker-2:31000' },
    dns: { from: 'pod/client', to: 'web.default.svc.cluster.local:80' },
  };
  let seed = 0;
  return async (kind) => world[question]({ ...requests[kind], seed: (seed += 1) }).verdict === 'delivered';
};

async function webernetes() {
  const { BaseImage, Cluster } = await import(pathToFileURL(join(out, 'webernetes.mjs')).href);
  class Web extends BaseImage {
    static imageName = 'web';
    static imageVersion = '1';
    defaultCommand = ['server'];
    async exec(context) {
      context.listenHttp(8080, async () => ({ statusCode: 200, body: 'hello\n' }));
      return context.waitUntilKilled();
    }
  }
  const cluster = new Cluster();
  cluster.registerImage(Web);
  await cluster.init();
  const { clusterIP, ...spec } = service.spec;
  await cluster.apply([{ ...service, spec }, ...pods]);
  const ip = (await cluster.api.corev1.readNamespacedService({ name: 'web', namespace: 'default' })).spec.clusterIP;
  const addresses = { clusterIP: `http://${ip}/`, nodePort: 'http://node-2:31000/', dns: 'http://web.default.svc.cluster.local/' };
  const ask = async (kind) => (await cluster.fetch(addresses[kind])).statusCode === 200;
  // Its pods start in their own time.
  while (!(await ask('nodePort').catch(() => false))) await new Promise((done) => setTimeout(done, 5));
  return ask;
}

const contestants = { trace: portolan('trace'), route: portolan('route'), webernetes };

if (process.argv[2]) {
  const begin = { wall: performance.now(), cpu: process.cpuUsage() };
  const ask = await contestants[process.argv[2]]();
  if (!(await ask('nodePort'))) throw new Error('the first request did not arrive');
  const used = process.cpuUsage(begin.cpu);
  const result = { first: performance.now() - begin.wall, cpu: (used.user + used.system) / 1000 };
  if (process.argv[3]) {
    for (const kind of ['clusterIP', 'nodePort', 'dns']) {
      // Warm first: a page asks more than once.
      for (let i = 0; i < COUNT / 4; i += 1) await ask(kind);
      const start = process.cpuUsage();
      for (let i = 0; i < COUNT; i += 1) if (!(await ask(kind))) throw new Error(`${kind} did not arrive`);
      const { user, system } = process.cpuUsage(start);
      result[kind] = (user + system) / COUNT;
    }
  }
  console.log(JSON.stringify(result));
  process.exit(0);
}

mkdirSync(out, { recursive: true });
const minified = { bundle: true, minify: true, format: 'esm', target: 'es2022', logLevel: 'error' };
await build({ ...minified, platform: 'neutral', mainFields: ['module', 'main'], stdin: { contents: "export * from '@ngrok/webernetes'", resolveDir: import.meta.dirname }, outfile: join(out, 'webernetes.mjs') });
await build({ ...minified, platform: 'browser', entryPoints: [join(process.env.PORTOLAN_PACKAGE, 'portolan.js')], outfile: join(out, 'portolan.mjs') });
const ours = [join(out, 'portolan.mjs'), join(process.env.PORTOLAN_PACKAGE, 'portolan_bg.wasm')];
const files = { trace: ours, route: ours, webernetes: [join(out, 'webernetes.mjs')] };

const self = fileURLToPath(import.meta.url);
const run = (...args) => JSON.parse(execFileSync(process.execPath, [self, ...args], { encoding: 'utf8' }).trim().split('\n').at(-1));
const rows = Object.keys(contestants).map((name) => {
  const size = (pack) => `${(files[name].reduce((sum, file) => sum + pack(readFileSync(file)), 0) / 1000).toFixed(1)} kB`;
  const starts = Array.from({ length: 5 }, () => run(name));
  const requests = run(name, 'requests');
  const us = (kind) => `${requests[kind].toFixed(1)} us`;
  return {
    name,
    raw: `${(files[name].reduce((sum, file) => sum + statSync(file).size, 0) / 1000).toFixed(1)} kB`,
    gzip: size((bytes) => gzipSync(bytes, { level: 9 }).length),
    brotli: size((bytes) => brotliCompressSync(bytes).length),
    'import to first answer': `${median(starts.map((one) => one.first)).toFixed(0)} ms`,
    '... processor time': `${median(starts.map((one) => one.cpu)).toFixed(0)} ms`,
    'ClusterIP request': us('clusterIP'),
    'NodePort request': us('nodePort'),
    'DNS name request': us('dns'),
  };
});
for (const what of Object.keys(rows[0])) {
  console.log(`peer     ${what === 'name' ? ''.padEnd(26) : what.padEnd(26)}${rows.map((row) => row[what].padStart(14)).join('')}`);
}
