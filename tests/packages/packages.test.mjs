// The npm package as people get it: packed, installed in a folder of their own, run by Node, checked by TypeScript, and
// bundled by Vite, webpack and esbuild for a page and its worker. The pages' policy lets nothing but wasm be compiled.
import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { extname, join } from 'node:path';
import { after, before, test } from 'node:test';
import { brotliCompressSync, gzipSync } from 'node:zlib';
import { chromium } from 'playwright-core';

const folder = process.env.PORTOLAN_PACKAGE;
// Beside the package, so that no node_modules of the repository is found from there.
const app = mkdtempSync(join(folder, '../npm-app-'));
const tool = (name) => join(import.meta.dirname, 'node_modules/.bin', name);
const run = (command, args) => execFileSync(command, args, { cwd: app, encoding: 'utf8', env: { ...process.env, npm_config_offline: 'true' } });
const answer = 'delivered delivered true';
let browser;

before(async () => {
  cpSync(join(import.meta.dirname, 'app'), app, { recursive: true });
  cpSync(join(import.meta.dirname, '../../web/widget/portolan-chart.d.ts'), join(app, 'portolan-chart.d.ts'));
  const packed = run('npm', ['pack', '--silent', folder]).trim();
  writeFileSync(join(app, 'package.json'), JSON.stringify({ name: 'app', private: true, type: 'module' }));
  run('npm', ['install', '--silent', '--no-audit', '--no-fund', `./${packed}`]);
  browser = await chromium.launch({ executablePath: process.env.CHROME, args: ['--no-sandbox', '--disable-gpu', '--disable-background-networking'] });
});

after(async () => {
  await browser?.close();
  rmSync(app, { recursive: true, force: true });
});

/** Opens a built page and returns what page and worker answered. */
async function open(built) {
  const types = { '.html': 'text/html', '.js': 'text/javascript', '.mjs': 'text/javascript', '.wasm': 'application/wasm' };
  const server = createServer((request, response) => {
    try {
      const file = join(built, new URL(request.url, 'http://x').pathname.replace(/\/$/, '/index.html'));
      const body = readFileSync(file);
      response.writeHead(200, {
        'content-type': types[extname(file)] ?? 'application/octet-stream',
        'content-security-policy': "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; connect-src 'self'; worker-src 'self'",
      });
      response.end(body);
    } catch {
      response.writeHead(404).end();
    }
  });
  await new Promise((done) => server.listen(0, '127.0.0.1', done));
  const page = await browser.newPage();
  const said = [];
  page.on('pageerror', (error) => said.push(String(error)));
  page.on('console', (message) => message.type() === 'error' && !message.text().includes('favicon') && said.push(message.text()));
  try {
    await page.goto(`http://127.0.0.1:${server.address().port}/`);
    await page.waitForFunction(() => window.here && window.there, null, { timeout: 20_000 }).catch(() => {});
    const answers = await page.evaluate(() => [window.here, window.there]);
    return { answers, said: said.filter((one) => !one.includes('404')) };
  } finally {
    await page.close();
    server.close();
  }
}

const size = (folder) => {
  const files = readdirSync(folder, { recursive: true }).map((name) => join(folder, name)).filter((name) => /\.(m?js|wasm)$/.test(name) && statSync(name).isFile());
  const sum = (pack) => (files.reduce((total, file) => total + pack(readFileSync(file)).length, 0) / 1000).toFixed(1);
  return `${sum((bytes) => bytes)} kB, gzip ${sum((bytes) => gzipSync(bytes, { level: 9 }))}, brotli ${sum((bytes) => brotliCompressSync(bytes))}`;
};

test('plain Node imports it and asks', (t) => {
  assert.equal(run('node', ['node.mjs']).trim(), answer);
  t.diagnostic(`the package: ${size(join(app, 'node_modules/portolan'))}`);
});

test('so does a worker thread of Node', () => {
  assert.equal(run('node', ['worker.node.mjs']).trim(), answer);
});

test('TypeScript knows its types and the widget\'s, and refuses what they do not allow', () => {
  // What it says goes to its output, not to its errors.
  const { status, stdout } = spawnSync(tool('tsc'), ['-p', '.'], { cwd: app, encoding: 'utf8' });
  assert.deepEqual({ status, stdout }, { status: 0, stdout: '' });
});

test('Vite bundles it for a page and a worker', async (t) => {
  run(tool('vite'), ['build', '--outDir', 'out-vite']);
  assert.deepEqual(await open(join(app, 'out-vite')), { answers: [answer, answer], said: [] });
  t.diagnostic(size(join(app, 'out-vite')));
});

test('webpack bundles it for a page and a worker', async (t) => {
  run(tool('webpack'), ['--output-path', join(app, 'out-webpack')]);
  cpSync(join(app, 'index.html'), join(app, 'out-webpack/index.html'));
  assert.deepEqual(await open(join(app, 'out-webpack')), { answers: [answer, answer], said: [] });
  t.diagnostic(size(join(app, 'out-webpack')));
});

test('esbuild bundles it for a page and a worker, with the module as a file', async (t) => {
  const bundle = ['--bundle', '--format=esm', '--minify', '--loader:.wasm=file', '--log-level=warning', '--outdir=out-esbuild'];
  run(tool('esbuild'), ['main=main.esbuild.js', 'worker.esbuild=worker.esbuild.js', ...bundle]);
  cpSync(join(app, 'index.html'), join(app, 'out-esbuild/index.html'));
  assert.deepEqual(await open(join(app, 'out-esbuild')), { answers: [answer, answer], said: [] });
  t.diagnostic(size(join(app, 'out-esbuild')));
});
