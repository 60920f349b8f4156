// The page starts, under its content security policy, wherever it is put.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { launch, open, url } from './lib.mjs';

let browser;
before(async () => { browser = await launch(); });
after(async () => { await browser?.close(); });

for (const path of ['', 'embed.html']) {
  const name = path || 'index.html';

  test(`${name} starts without a complaint`, async () => {
    const { page, context, complaints } = await open(browser, path);
    await page.locator('.pod').first().waitFor();
    assert.deepEqual(complaints, []);
    assert.equal(await page.evaluate(() => document.documentElement.dataset.view ?? 'page'), path ? 'embed' : 'page');
    await context.close();
  });

  test(`${name} forbids inline scripts and sending anything away`, async () => {
    const { page, context } = await open(browser, path);
    const refused = await page.evaluate(async () => {
      const script = document.createElement('script');
      script.textContent = 'globalThis.inlineRan = true';
      document.head.append(script);
      const sent = await fetch('http://127.0.0.1:9/').then(() => true, () => false);
      return { ran: globalThis.inlineRan === true, sent };
    });
    assert.deepEqual(refused, { ran: false, sent: false });
    await context.close();
  });

  test(`${name} names no other host and nothing by an absolute path`, async () => {
    const html = await (await fetch(new URL(path, url))).text();
    const links = [...html.matchAll(/\s(?:src|href)="([^"]*)"/g)].map((match) => match[1]);
    assert.ok(links.length > 2);
    assert.deepEqual(links.filter((link) => !/^(\.\/|data:|#)/.test(link)), []);
    assert.ok(!/<script(?![^>]*\ssrc=)/.test(html), 'an inline script');
  });
}
