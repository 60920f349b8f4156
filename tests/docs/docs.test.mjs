// The widget in documentation that real tools built: each site is served under a strict content security policy, which the
// tools' own inline scripts and styles do not pass; the widget has to.
// `cargo xtask test --docs` builds the sites and sets PORTOLAN_DOCS to their folder, and CHROME.
import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { readFile, stat } from 'node:fs/promises';
import { createServer } from 'node:http';
import { extname, join, normalize } from 'node:path';
import { after, before, test } from 'node:test';
import { chromium } from 'playwright-core';

const sites = process.env.PORTOLAN_DOCS;
if (!sites) throw new Error('PORTOLAN_DOCS is not set: run `cargo xtask test --docs`');
const POLICY = "default-src 'self'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self'";
const TYPES = { '.html': 'text/html', '.js': 'text/javascript', '.css': 'text/css', '.wasm': 'application/wasm', '.woff2': 'font/woff2', '.svg': 'image/svg+xml', '.json': 'application/json' };
const HOSTILE = 'svg{width:50%} button{all:unset} *{letter-spacing:3px}';

let browser;
before(async () => {
  browser = await chromium.launch({
    executablePath: process.env.CHROME,
    args: ['--no-sandbox', '--disable-gpu', '--disable-quic', '--disable-dev-shm-usage', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync'],
  });
});
after(() => browser?.close());

/** Serves a folder under the policy. */
async function serve(folder) {
  const server = createServer(async (request, response) => {
    let file = normalize(join(folder, decodeURIComponent(new URL(request.url, 'http://x').pathname)));
    if (file.startsWith(folder) && await stat(file).then((found) => found.isDirectory(), () => false)) file = join(file, 'index.html');
    const text = file.startsWith(folder) ? await readFile(file).catch(() => null) : null;
    response.writeHead(text ? 200 : 404, { 'content-type': TYPES[extname(file)] ?? 'text/plain', 'content-security-policy': POLICY });
    response.end(text ?? '');
  });
  await new Promise((done) => server.listen(0, '127.0.0.1', done));
  return { server, url: `http://127.0.0.1:${server.address().port}/` };
}

for (const [tool, page_name] of [['html', 'index.html'], ['mdbook', 'services.html'], ['mkdocs', 'index.html'], ['docusaurus', '']]) {
  const folder = join(sites, tool);
  // A registry that cannot be reached is no fault of the widget's; in CI it is none that may pass.
  const missing = existsSync(`${folder}.skipped`) ? readFileSync(`${folder}.skipped`, 'utf8').trim() : '';
  test(`three widgets in a page of ${tool} trace under a strict policy, with one engine`, { skip: missing || false }, async () => {
    const { server, url } = await serve(folder);
    const context = await browser.newContext({ viewport: { width: 1280, height: 900 } });
    try {
      const page = await context.newPage();
      const requests = [];
      const faults = [];
      page.on('request', (request) => requests.push(request.url()));
      page.on('pageerror', (error) => faults.push(error.message));
      await page.addInitScript(() => {
        globalThis.heard = [];
        for (const type of ['ready', 'verdict', 'error']) {
          document.addEventListener(type, (event) => {
            if (event.target.localName === 'portolan-chart') globalThis.heard.push({ type, id: event.target.id, detail: event.detail });
          }, true);
        }
      });
      await page.goto(url + page_name);
      for (const chart of await page.locator('portolan-chart').all()) {
        await chart.scrollIntoViewIfNeeded();
        await chart.locator('.app').waitFor();
      }
      await page.waitForFunction(() => globalThis.heard.filter((one) => one.type === 'verdict').length >= 3);
      const heard = await page.evaluate(() => globalThis.heard);
      assert.deepEqual(heard.filter((one) => one.type === 'error'), []);
      // The text is the page's own, whatever the tool's highlighter made of it.
      const first = heard.find((one) => one.type === 'verdict' && one.id === 'first');
      assert.equal(first.detail.verdict, 'delivered');
      assert.equal(first.detail.endpoints.length, 3);
      const yaml = await page.evaluate(() => document.getElementById('first').yaml);
      assert.match(yaml, /^apiVersion: v1\nkind: Service\n[^]*\n---\napiVersion: apps\/v1\n[^]*containerPort: 8080\n$/);
      const trace = await page.evaluate(() => document.getElementById('first').trace('external', 'node/worker-2:31000'));
      assert.equal(trace.verdict, 'delivered');
      // One of each file.
      const own = requests.filter((at) => at.includes('/portolan/'));
      assert.equal(own.filter((at) => at.endsWith('.wasm')).length, 1);
      assert.deepEqual(own, [...new Set(own)]);
      assert.deepEqual(requests.filter((at) => !at.startsWith(url) && !at.startsWith('data:')), []);
      await page.locator('portolan-chart .pod.selected').nth(2).waitFor();
      if (process.env.PORTOLAN_SHOTS) await page.screenshot({ path: join(process.env.PORTOLAN_SHOTS, `${tool}.png`), fullPage: true });

      // Nothing that the page does to everything in it is done in the widget.
      const looks = () => page.evaluate(() => [...document.getElementById('first').shadowRoot.querySelectorAll('.portolan *')].map((one) => {
        const style = getComputedStyle(one);
        return `${one.localName}: ${style.letterSpacing} ${style.width} ${style.color} ${style.display} ${style.padding} ${style.fontSize}`;
      }));
      const calm = await looks();
      assert.ok(calm.length > 150);
      await page.evaluate((text) => {
        const sheet = new CSSStyleSheet();
        sheet.replaceSync(text);
        document.adoptedStyleSheets = [...document.adoptedStyleSheets, sheet];
      }, HOSTILE);
      await page.waitForTimeout(600);
      const width = await page.evaluate(() => document.getElementById('first').getBoundingClientRect().width);
      assert.ok(width > 300);
      assert.deepEqual((await looks()).filter((line, at) => line !== calm[at]).slice(0, 3), []);
      // And nothing of the widget's is in the page.
      assert.equal(await page.evaluate(() => [...document.styleSheets].some((sheet) => sheet.href?.includes('/widget-'))), false);
      assert.deepEqual(faults.filter((fault) => /portolan/i.test(fault)), []);
    } finally {
      await context.close();
      server.close();
    }
  });
}
