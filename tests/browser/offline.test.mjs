// The site without a network: after the first visit everything works with the server gone, a newer version announces itself
// and comes when it is asked for, and what is there already is not downloaded again.
import assert from 'node:assert/strict';
import { cpSync, existsSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { extname, join } from 'node:path';
import { after, before, test } from 'node:test';
import { launch } from './lib.mjs';
import { axe, kept, replace } from './page.mjs';

const DIST = join(import.meta.dirname, '../../dist');
const WORKER = 'offline-worker.js';
const GONE = join(import.meta.dirname, '../../web/offline', WORKER);
const TYPES = { '.html': 'text/html', '.js': 'text/javascript', '.css': 'text/css', '.wasm': 'application/wasm', '.woff2': 'font/woff2' };

let browser;
before(async () => { browser = await launch(); });
after(async () => { await browser?.close(); });

/** A copy of the site in a folder of its own, served below a path; `log` has what was asked for and given. */
async function site(t, path = '/') {
  const folder = mkdtempSync(join(tmpdir(), 'portolan-site-'));
  cpSync(DIST, folder, { recursive: true });
  const log = [];
  let server;
  const open = (port) => new Promise((done) => {
    server = createServer((request, response) => {
      const { pathname } = new URL(request.url, 'http://x');
      log.push(pathname);
      try {
        const body = readFileSync(join(folder, pathname.slice(path.length).replace(/^$|\/$/, '$&index.html')));
        response.writeHead(pathname.startsWith(path) ? 200 : 404, { 'content-type': TYPES[extname(pathname)] ?? 'text/html', 'cache-control': 'max-age=600' }).end(body);
      } catch {
        response.writeHead(404).end();
      }
    }).listen(port, '127.0.0.1', () => done(server.address().port));
  });
  const port = await open(0);
  const close = async () => {
    server.closeAllConnections();
    await new Promise((done) => server.close(done));
  };
  t.after(async () => {
    if (server.listening) await close();
    rmSync(folder, { recursive: true, force: true });
  });
  return { folder, log, url: `http://127.0.0.1:${port}${path}`, close, open: () => open(port) };
}

/** FNV-1a over 64 bits. */
const hash = (bytes) => bytes.reduce((hash, byte) => BigInt.asUintN(64, (hash ^ BigInt(byte)) * 0x100000001b3n), 0xcbf29ce484222325n).toString(16).padStart(16, '0');

const list = (folder) => JSON.parse(/^self\.portolan=(.*);$/m.exec(readFileSync(join(folder, WORKER), 'utf8'))[1]);

/** A newer version of the site: another title, and the worker that has it in its list. */
function release(folder, title) {
  const page = join(folder, 'index.html');
  const html = readFileSync(page, 'utf8').replace(/<title>.*<\/title>/, `<title>${title}</title>`);
  writeFileSync(page, html);
  const { files } = list(folder);
  const worker = readFileSync(join(folder, WORKER), 'utf8');
  writeFileSync(join(folder, WORKER), worker.replace(files['index.html'], hash(Buffer.from(html))));
}

async function visit(context, url) {
  const page = await context.newPage();
  const complaints = [];
  page.on('console', (message) => ['error', 'warning'].includes(message.type()) && complaints.push(message.text()));
  page.on('pageerror', (error) => complaints.push(error.message));
  await page.goto(url);
  await page.waitForSelector('.cm-content', { state: 'attached' });
  return { page, complaints };
}

/** Waits until the worker serves the page. */
const installed = (page) => page.evaluate(async () => {
  await navigator.serviceWorker.ready;
  while (!navigator.serviceWorker.controller) await new Promise((done) => setTimeout(done, 50));
});

const paths = (page) => page.evaluate(async () => {
  const found = [];
  for (const name of await caches.keys()) for (const { url } of await (await caches.open(name)).keys()) found.push([name, url]);
  return found;
});

test('the list has every file of the site with the hash of its content', () => {
  const { files } = list(DIST);
  const all = readdirSync(DIST, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(DIST.length + 1).replaceAll('\\', '/'));
  assert.deepEqual(Object.keys(files).sort(), all.filter((path) => path !== WORKER && !path.endsWith('.d.ts')).sort());
  for (const path of ['index.html', 'embed.html']) assert.equal(files[path], hash(readFileSync(join(DIST, path))), path);
});

/** What was asked for more than once, but for what `but` says. */
const twice = (log, but = []) => log.filter((path, at) => log.indexOf(path) !== at && !but.includes(path));

for (const path of ['/', '/docs/portolan/']) {
  test(`after one visit to ${path} it works with the server gone: it loads, is edited, and traces`, async (t) => {
    const { url, log, close } = await site(t, path);
    const context = await browser.newContext({ viewport: { width: 1440, height: 900 } });
    const first = await visit(context, url);
    await installed(first.page);
    assert.deepEqual(twice(log, [path]), [], 'what the page loaded is not downloaded again for later');
    await first.page.close();
    await close();
    await context.setOffline(true);
    const { page, complaints } = await visit(context, `${url}?from=somewhere`);
    await page.locator('#drawer-panel', { hasText: 'delivered' }).waitFor();
    // A port that nobody listens on.
    await replace(page, (await kept(page)).replace('targetPort: http', 'targetPort: 9'));
    await page.locator('#drawer-panel', { hasText: 'refused' }).waitFor();
    // The text is in the address bar once it has rested.
    await page.waitForFunction(() => location.hash.length > 100);
    await page.reload();
    await page.locator('#drawer-panel', { hasText: 'refused' }).waitFor();
    assert.ok((await paths(page)).every(([name, address]) => name === `portolan ${url}` && address.startsWith(url)));
    await page.goto(`${url}embed.html?view=yaml&example=node-port`);
    await page.locator('.cm-content').waitFor();
    assert.deepEqual(complaints, []);
    await context.close();
  });
}

test('the guide opens without a network, too', async (t) => {
  if (!existsSync(join(DIST, 'guide'))) return t.skip('the site has no guide');
  const { url, folder, close } = await site(t, '/docs/');
  const chapters = readdirSync(join(folder, 'guide')).filter((name) => name.endsWith('.html') && name !== 'index.html');
  const context = await browser.newContext();
  // The first visit may be to the guide.
  const page = await context.newPage();
  await page.goto(`${url}guide/`);
  await installed(page);
  await close();
  await context.setOffline(true);
  for (const name of ['guide/', 'guide', `guide/${chapters[0]}`, `guide/${chapters[0].replace('.html', '')}?from=a-search#top`]) {
    await page.goto(url + name);
    assert.ok((await page.locator('h1').innerText()).length > 3, name);
    assert.ok(await page.evaluate(() => [...document.styleSheets].every((sheet) => sheet.cssRules.length > 0)), `${name} has its styles`);
  }
  await page.locator('portolan-chart .app').first().waitFor();
  await context.close();
});

test('a second visit asks for the worker alone', async (t) => {
  const { url, log } = await site(t, '/a/');
  const context = await browser.newContext();
  const first = await visit(context, url);
  await installed(first.page);
  await first.page.close();
  log.length = 0;
  const { page } = await visit(context, url);
  await page.locator('#drawer-panel', { hasText: 'delivered' }).waitFor();
  await page.waitForTimeout(500);
  assert.deepEqual(log.filter((path) => path !== `/a/${WORKER}`), []);
  await context.close();
});

test('a newer version says so; later it is still there, and a reload brings it with the text as it was', async (t) => {
  const { url, log, folder } = await site(t, '/a/');
  const context = await browser.newContext({ viewport: { width: 1440, height: 900 } });
  const first = await visit(context, url);
  await installed(first.page);
  const before = await first.page.title();
  const { files } = list(folder);
  release(folder, 'Newer');
  log.length = 0;
  await first.page.close();

  // An update is of what changed.
  const { page, complaints } = await visit(context, url);
  const notice = page.locator('.newer');
  await notice.getByText('A newer version is ready').waitFor();
  assert.equal(await notice.getAttribute('role'), 'status');
  assert.equal(await page.title(), before);
  assert.deepEqual([...new Set(log)].sort(), [`/a/${WORKER}`, '/a/index.html'].sort());
  assert.deepEqual(await axe(page), []);

  // Later: by the keyboard, and nothing moves.
  const box = () => page.locator('.main').boundingBox();
  const place = await box();
  await notice.getByRole('button', { name: 'Later' }).focus();
  await page.keyboard.press('Enter');
  assert.equal(await notice.count(), 0);
  assert.deepEqual(await box(), place);
  await page.waitForTimeout(500);
  assert.equal(await page.title(), before);

  // The next visit says it again. What is typed in the same moment is kept.
  await page.reload();
  await notice.waitFor();
  await replace(page, `# mine\n${await kept(page)}`);
  const reload = notice.getByRole('button', { name: 'Reload' });
  await reload.click();
  await page.waitForFunction(() => document.title === 'Newer');
  await page.locator('.cm-line', { hasText: '# mine' }).waitFor();
  await page.waitForTimeout(700);
  assert.equal(await notice.count(), 0);
  // Nothing is left of the old one.
  const now = (await paths(page)).map(([, address]) => address);
  assert.ok(now.some((address) => address.includes('/index.html?')) && !now.some((address) => address.endsWith(`?${files['index.html']}`)), now.join('\n'));
  assert.equal(now.length, Object.keys(files).length);
  assert.deepEqual(complaints, []);
  await context.close();
});

test('a text too long for a link is kept over the reload, too', async (t) => {
  const { url, folder } = await site(t, '/a/');
  const context = await browser.newContext();
  const { page } = await visit(context, url);
  await installed(page);
  await page.keyboard.press('Space');
  await replace(page, `# mine\n${'# a comment of some length, over and over\n'.repeat(30_000)}`);
  release(folder, 'Newer');
  await page.evaluate(async () => (await navigator.serviceWorker.getRegistration()).update());
  await page.locator('.newer').getByRole('button', { name: 'Reload' }).click();
  await page.waitForFunction(() => document.title === 'Newer');
  await page.locator('.cm-line', { hasText: '# mine' }).waitFor();
  assert.equal(await page.evaluate(() => sessionStorage.length), 0);
  await context.close();
});

test('files of two versions do not mix: what is not what the list says is not taken', async (t) => {
  const { url, folder } = await site(t, '/a/');
  // As where a host's caches are not all new yet.
  writeFileSync(join(folder, 'embed.html'), '<!DOCTYPE html><title>Another</title>');
  const context = await browser.newContext();
  const { page, complaints } = await visit(context, url);
  const state = await page.evaluate(async () => {
    for (let i = 0; i < 100; i += 1) {
      const registration = await navigator.serviceWorker.getRegistration();
      if (i > 20 && !registration) return 'not installed';
      if (registration?.active) return 'installed';
      await new Promise((done) => setTimeout(done, 100));
    }
    return 'installing';
  });
  assert.equal(state, 'not installed');
  assert.deepEqual(complaints, []);
  await context.close();
});

test('two sites of one origin and what is not of the site are left alone', async (t) => {
  const { url, folder, close } = await site(t, '/');
  cpSync(DIST, join(folder, 'inner'), { recursive: true });
  writeFileSync(join(folder, 'other.html'), '<!DOCTYPE html><title>Other</title>');
  const context = await browser.newContext();
  const inner = await visit(context, `${url}inner/`);
  await installed(inner.page);
  const outer = await visit(context, url);
  await installed(outer.page);
  await outer.page.evaluate(async () => (await caches.open('somebody else')).put('/x', new Response('theirs')));
  release(folder, 'Newer');
  await outer.page.evaluate(async () => (await navigator.serviceWorker.getRegistration()).update());
  await outer.page.locator('.newer').getByRole('button', { name: 'Reload' }).click();
  await outer.page.waitForFunction(() => document.title === 'Newer');
  await outer.page.goto(`${url}other.html`);
  assert.equal(await outer.page.title(), 'Other');
  const found = await paths(outer.page);
  assert.ok(!found.some(([, address]) => address.includes('other.html')));
  const names = new Set(found.map(([name]) => name));
  assert.deepEqual([...names].sort(), [`portolan ${url}`, `portolan ${url}inner/`, 'somebody else']);
  await close();
  await context.setOffline(true);
  await assert.rejects(outer.page.goto(`${url}nothing.html`), /ERR_INTERNET_DISCONNECTED|ERR_CONNECTION_REFUSED|ERR_FAILED/);
  await visit(context, `${url}inner/`);
  await context.close();
});

test('a host page of the widget gets no worker, nor does the page for frames', async (t) => {
  const { url, folder } = await site(t, '/');
  writeFileSync(join(folder, 'host.html'), '<!DOCTYPE html><meta charset="utf-8"><title>Docs</title><script src="portolan-chart.js" defer></script><portolan-chart example="node-port"></portolan-chart><iframe title="chart" src="embed.html?example=node-port"></iframe>');
  const context = await browser.newContext();
  const page = await context.newPage();
  await page.goto(`${url}host.html`);
  await page.locator('portolan-chart .app').waitFor();
  await page.frameLocator('iframe').locator('.app').waitFor();
  await page.waitForTimeout(1500);
  assert.equal(await page.evaluate(async () => (await navigator.serviceWorker.getRegistrations()).length), 0);
  await context.close();
});

test('where there are no service workers, or they are refused, the page has nothing to say', async (t) => {
  const { url } = await site(t, '/');
  for (const how of ['gone', 'refused', 'thrown']) {
    const context = await browser.newContext();
    await context.addInitScript((how) => {
      if (how === 'gone') delete Navigator.prototype.serviceWorker;
      if (how === 'refused') ServiceWorkerContainer.prototype.register = () => Promise.reject(new DOMException('no', 'SecurityError'));
      if (how === 'thrown') Object.defineProperty(Navigator.prototype, 'serviceWorker', { get() { throw new DOMException('no', 'SecurityError'); } });
    }, how);
    const { page, complaints } = await visit(context, url);
    await page.locator('.pod').first().waitFor();
    await page.waitForTimeout(1200);
    assert.deepEqual(complaints, [], how);
    await context.close();
  }
});

test('development takes a worker away that an earlier build left', async (t) => {
  const { url, folder } = await site(t, '/');
  const context = await browser.newContext();
  const { page } = await visit(context, url);
  await installed(page);
  release(folder, 'Built just now');
  cpSync(GONE, join(folder, WORKER));
  await page.reload();
  await page.evaluate(async () => {
    while ((await navigator.serviceWorker.getRegistrations()).length || (await caches.keys()).length) await new Promise((done) => setTimeout(done, 50));
  });
  assert.equal(await page.locator('.newer').count(), 0);
  await page.reload();
  assert.equal(await page.title(), 'Built just now');
  await context.close();
});
