// How the client sends, how pods serve, and what fails by hand.
import { after, before, test } from 'node:test';
import assert from 'node:assert/strict';
import { launch, open } from './lib.mjs';
import { tab, editor } from './page.mjs';

const WIDE = { viewport: { width: 1440, height: 1200 } };
let browser;
before(async () => { browser = await launch(); });
after(async () => { await browser.close(); });

test('a closed loop of users is set by keyboard, in a link, and taken back', async () => {
  const { page, context, complaints } = await open(browser, '#cluster-ip', WIDE);
  await editor(page);
  await page.locator('#play').click();
  await page.locator('#sender-open').focus();
  await page.keyboard.press('Enter');
  assert.equal(await page.locator('#sender-open').getAttribute('aria-expanded'), 'true');
  await page.locator('#sender-way').selectOption('users');
  await page.locator('#sender-users').fill('25');
  await page.keyboard.press('Tab');
  await page.locator('#sender-connections').selectOption('pool');
  assert.equal(await page.locator('#rate').locator('option:checked').textContent(), '25 users');
  assert.equal(await page.locator('#sender-pool').inputValue(), '10');
  if (process.env.SHOTS) await page.screenshot({ path: `${process.env.SHOTS}/sender.png` });
  await page.keyboard.press('Escape');
  assert.equal(await page.locator('#sender').count(), 0);
  await page.locator('#undo').click();
  assert.equal(await page.locator('#rate').locator('option:checked').textContent(), '25 users');
  await page.locator('#undo').click();
  assert.match(await page.locator('#rate').locator('option:checked').textContent(), /10 users/);
  assert.deepEqual(complaints, []);
  await context.close();
});

test('a pod crashes by hand, and it is said and taken back', async () => {
  const { page, context, complaints } = await open(browser, '#scaling', WIDE);
  await editor(page);
  await page.locator('.pod').filter({ hasText: 'web-' }).first().click();
  await page.getByRole('button', { name: 'Crash its process' }).click();
  await page.waitForFunction(() => /connections are refused|not ready/.test(document.querySelector('.said').textContent));
  assert.match(await page.locator('#undo').getAttribute('aria-label') + await page.locator('#undo').getAttribute('title'), /crash pod/);
  await page.locator('#undo').click();
  assert.match(await page.locator('.said').textContent(), /Undone: crash pod/);
  assert.deepEqual(complaints, []);
  await context.close();
});

test('a queue is made by hand and seen in the Traffic view', async () => {
  const { page, context, complaints } = await open(browser, '#scaling', WIDE);
  await editor(page);
  await page.locator('#sender-open').click();
  await page.locator('#sender-rate').fill('60');
  await page.keyboard.press('Enter');
  await page.keyboard.press('Escape');
  await page.locator('.pod').filter({ hasText: 'web-' }).first().click();
  await page.locator('.serves select').nth(0).selectOption('1');
  await page.locator('.serves select').nth(1).selectOption('200');
  if (process.env.SHOTS) await page.screenshot({ path: `${process.env.SHOTS}/serves.png` });
  await tab(page, 'Traffic');
  await page.waitForSelector('.in-hand tbody tr');
  assert.match(await page.locator('.in-hand tbody').textContent(), /1 of 1/);
  if (process.env.SHOTS) await page.screenshot({ path: `${process.env.SHOTS}/in-hand.png` });
  assert.deepEqual(complaints, []);
  await context.close();
});

test('a zone is cut off and joined again from a node', async () => {
  const { page, context, complaints } = await open(browser, '#cluster-ip', WIDE);
  await editor(page);
  const menu = async () => {
    await page.locator('[id="node-worker-3"]').click();
  };
  await menu();
  await page.getByRole('button', { name: 'Cut off zone-b' }).click();
  await menu();
  if (process.env.SHOTS) await page.screenshot({ path: `${process.env.SHOTS}/zone.png` });
  await page.getByRole('button', { name: 'Join zone-b again' }).click();
  assert.deepEqual(complaints, []);
  await context.close();
});

test('the panel has room at 390 px', async () => {
  const { page, context, complaints } = await open(browser, '#cluster-ip', { viewport: { width: 390, height: 800 } });
  await page.locator('#sender-open').click();
  await page.locator('#sender-way').selectOption('users');
  const box = await page.locator('#sender').boundingBox();
  assert.ok(box.x >= 0 && box.x + box.width <= 390 && box.y >= 0 && box.y + box.height <= 800, JSON.stringify(box));
  assert.equal(await page.evaluate(() => document.documentElement.scrollWidth), 390);
  if (process.env.SHOTS) await page.screenshot({ path: `${process.env.SHOTS}/sender-390.png` });
  assert.deepEqual(complaints, []);
  await context.close();
});
