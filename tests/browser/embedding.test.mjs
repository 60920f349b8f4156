// The dialog that makes what somebody copies into a page of their own.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { launch, open, url } from './lib.mjs';
import { axe } from './page.mjs';
import { host, ready } from './widget.mjs';

let browser;
before(async () => { browser = await launch(); });
after(async () => { await browser?.close(); });

const opened = async (options = {}) => {
  const it = await open(browser, '#node-port', options);
  await it.page.locator('.pod.selected').first().waitFor();
  await it.page.locator('#embed').click();
  await it.page.locator('#embedding').waitFor();
  return it;
};

test('what it makes works in another page, and the preview shows it', async () => {
  const { page, context, complaints } = await opened({ permissions: ['clipboard-read', 'clipboard-write'] });
  await page.frameLocator('.preview').locator('.pod.selected').nth(2).waitFor();
  await page.locator('.choices select').first().selectOption('chart');
  await page.locator('#copy-snippet').click();
  await page.locator('#embedding [role=status]', { hasText: 'Copied' }).waitFor();
  const snippet = await page.evaluate(() => navigator.clipboard.readText());
  assert.equal(snippet, await page.locator('#snippet').inputValue());
  assert.match(snippet, /<portolan-chart>/);
  assert.ok(snippet.includes(`src="${url}portolan-chart.js"`));
  const other = await host(browser, snippet);
  await ready(other.page);
  await other.page.locator('.pod.selected').nth(2).waitFor();
  assert.deepEqual(other.complaints, []);
  await other.context.close();

  await page.getByText('iframe', { exact: true }).click();
  assert.match(await page.locator('#snippet').inputValue(), /^<iframe src="[^"]*embed\.html#1\.[\w-]+" title=/);
  await page.getByText('Markdown', { exact: true }).click();
  assert.match(await page.locator('#snippet').inputValue(), /^\[!\[.*\]\(portolan\.svg\)\]\(http.*#1\.[\w-]+\)\n$/);
  const download = page.waitForEvent('download');
  await page.locator('#picture').click();
  assert.equal((await download).suggestedFilename(), 'portolan.svg');
  assert.deepEqual(complaints, []);
  await context.close();
});

test('the keyboard stays in it, its keys are its own, and Escape gives the focus back', async () => {
  const { page, context, complaints } = await opened();
  await page.frameLocator('.preview').locator('.app').waitFor();
  assert.deepEqual(await axe(page), []);
  await page.locator('#embedding-close').focus();
  await page.keyboard.press('s');
  await page.keyboard.press('?');
  assert.equal(await page.locator('#help').count(), 0);
  for (let step = 0; step < 12; step++) {
    await page.keyboard.press('Shift+Tab');
    assert.ok(await page.evaluate(() => document.activeElement === document.body || document.activeElement.closest('#embedding') !== null));
  }
  await page.locator('#embedding-close').focus();
  await page.keyboard.press('Escape');
  await page.locator('#embedding').waitFor({ state: 'detached' });
  assert.equal(await page.evaluate(() => document.activeElement.id), 'embed');
  assert.deepEqual(complaints, []);
  await context.close();
});

test('a phone has room for it', async () => {
  const { page, context } = await opened({ viewport: { width: 390, height: 844 }, colorScheme: 'dark' });
  const box = await page.locator('#embedding').boundingBox();
  assert.ok(box.x >= 0 && box.x + box.width <= 390 && box.height <= 844, JSON.stringify(box));
  assert.ok(await page.locator('#embedding').evaluate((el) => el.scrollWidth <= el.clientWidth));
  assert.ok(await page.locator('.header').evaluate(() => document.documentElement.scrollWidth <= innerWidth));
  await context.close();
});
