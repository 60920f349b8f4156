// embed.html: the widget in a frame, and what it says to the page around and hears from it.
import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import { after, before, test } from 'node:test';
import { launch, url } from './lib.mjs';
import { MANIFEST } from './widget.mjs';

let browser;
let server;
let origin;
before(async () => {
  browser = await launch();
  // A page of another origin, as the pages of documentation are.
  server = createServer((_, response) => response.setHeader('content-type', 'text/html').end('<!DOCTYPE html><title>docs</title><h1>Docs</h1>'));
  await new Promise((done) => server.listen(0, '127.0.0.1', done));
  origin = `http://127.0.0.1:${server.address().port}`;
});
after(async () => {
  await browser?.close();
  server?.close();
});

/** A page with a frame, which keeps every message that it gets. */
async function framed(query, hash = '') {
  const context = await browser.newContext({ viewport: { width: 900, height: 800 } });
  const page = await context.newPage();
  await page.goto(origin);
  await page.evaluate((src) => {
    globalThis.got = [];
    addEventListener('message', ({ data, origin }) => globalThis.got.push({ ...data, origin }));
    const frame = Object.assign(document.createElement('iframe'), { src, title: 'chart', width: 800, height: 500 });
    document.body.append(frame);
    globalThis.tell = (message) => frame.contentWindow.postMessage(message, '*');
  }, new URL(`embed.html?${query}${hash}`, url).href);
  const frame = page.frameLocator('iframe');
  await frame.locator('.app').waitFor();
  const got = (type) => page.evaluate((type) => globalThis.got.filter((one) => one.type === type), type);
  const wait = async (type, count = 1) => {
    await page.waitForFunction(([type, count]) => globalThis.got.filter((one) => one.type === type).length >= count, [type, count]);
    return got(type);
  };
  const tell = (message) => page.evaluate((message) => globalThis.tell(message), message);
  return { context, page, frame, got, wait, tell };
}

test('the page around that is named commands it and hears from it', async () => {
  const { context, page, frame, wait, tell } = await framed(`origin=${encodeURIComponent(origin)}&height=auto`, '#node-port');
  assert.equal((await wait('ready'))[0].origin, new URL(url).origin);
  assert.equal((await wait('verdict'))[0].trace.verdict, 'delivered');
  await page.waitForFunction(() => globalThis.got.some((one) => one.type === 'height' && one.height > 400));
  await tell({ portolan: 1, type: 'yaml', yaml: MANIFEST });
  await tell({ portolan: 1, type: 'get', id: 7 });
  const [{ id, yaml }] = await wait('yaml');
  assert.deepEqual([id, yaml], [7, MANIFEST]);
  await tell({ portolan: 1, type: 'trace', id: 8, from: 'external', to: 'node/worker-2:31000' });
  const [{ id: asked, trace }] = await wait('trace');
  assert.deepEqual([asked, trace.verdict], [8, 'delivered']);
  await tell({ portolan: 1, type: 'trace', id: 9, from: 'nobody at all', to: 'x:1' });
  assert.equal((await wait('error')).at(-1).id, 9);
  await tell({ portolan: 1, type: 'play' });
  await frame.locator('g.pkt').first().waitFor();
  await tell({ portolan: 1, type: 'set', attributes: { view: 'trace', readonly: true } });
  await frame.locator('.hop').first().waitFor();
  await context.close();
});

for (const [name, query] of [
  ['another origin is named', 'origin=https://docs.example'],
  ['none is named', ''],
  ['a pattern is named', 'origin=*'],
  ['what is named is no origin', 'origin=http://127.0.0.1/page'],
]) {
  test(`where ${name} it hears nothing and says nothing`, async () => {
    const { context, page, frame, tell } = await framed(query, '#node-port');
    await frame.locator('.pod').first().waitFor();
    await tell({ portolan: 1, type: 'play' });
    await tell({ portolan: 1, type: 'get', id: 1 });
    await page.waitForTimeout(500);
    assert.deepEqual(await page.evaluate(() => globalThis.got), []);
    assert.equal(await frame.locator('#play').getAttribute('aria-pressed'), 'false');
    await context.close();
  });
}

test('messages that are not of the protocol do nothing', async () => {
  const { context, wait, tell, got, page } = await framed(`origin=${encodeURIComponent(origin)}`);
  await wait('ready');
  for (const message of ['get', null, { type: 'get' }, { portolan: 2, type: 'get' }, { portolan: 1, type: 'constructor' }, { portolan: 1, type: 'yaml', yaml: {} }, { portolan: 1, type: 'set', attributes: { onload: 'x', src: 'y' } }]) await tell(message);
  await page.waitForTimeout(300);
  assert.deepEqual(await got('yaml'), []);
  assert.deepEqual(await got('error'), []);
  await context.close();
});

test('the query sets what attributes set, and the hash what is shown', async () => {
  const { context, frame } = await framed('view=trace&theme=dark&example=headless&controls=none');
  await frame.locator('.hop').first().waitFor();
  assert.equal(await frame.locator('.portolan').getAttribute('data-theme'), 'dark');
  assert.equal(await frame.locator('.toolbar').count(), 0);
  await context.close();
});
