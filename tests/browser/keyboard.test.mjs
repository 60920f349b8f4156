// The NodePort example from the first key to the last, without a mouse; and what a screen reader finds in a trace.
import assert from 'node:assert/strict';
import { readFile, writeFile } from 'node:fs/promises';
import { journeys } from './journey.mjs';

const journey = journeys();

const focused = (page) => page.evaluate(() => document.activeElement.id);

/** Tab until something has the focus, as a person would who knows what they want. */
async function tabTo(page, what, key = 'Tab', most = 80) {
  for (let presses = 0; presses < most; presses += 1) {
    if (await page.evaluate((what) => document.activeElement.matches(what), what)) return;
    // In the editor Tab indents; after Escape it goes on.
    if (await page.evaluate(() => document.activeElement.matches('.cm-content'))) await page.keyboard.press('Escape');
    await page.keyboard.press(key);
  }
  assert.fail(`${most} times ${key} did not lead to ${what}, but to ${await page.evaluate(() => document.activeElement.outerHTML.slice(0, 200))}`);
}

journey('the NodePort example by keyboard alone', '#headless', async (page) => {
  await page.keyboard.press('e');
  await page.waitForSelector('#examples');
  await page.waitForFunction(() => document.activeElement.closest('#examples'));
  await tabTo(page, '[data-example="node-port"]');
  await page.keyboard.press('Enter');
  await page.waitForFunction(() => document.querySelector('#target').value === 'node/worker-1:31000');

  await page.waitForFunction(() => document.activeElement.id === 'examples-button');

  // Stand still, send from another node's process, to the first worker's port.
  await tabTo(page, '#play');
  await page.keyboard.press('Space');
  assert.equal(await page.locator('#play').getAttribute('aria-pressed'), 'false');
  await page.keyboard.press('/');
  assert.equal(await focused(page), 'target');
  await page.keyboard.press('Shift+Tab');
  assert.equal(await focused(page), 'client');
  await page.keyboard.type('a process on worker-2');
  await page.waitForFunction(() => document.querySelector('#client').value === 'node/worker-2');
  await tabTo(page, '#send', 'Shift+Tab');
  await page.keyboard.press('Enter');
  await page.waitForSelector('.recent');
  await page.keyboard.press('s');
  await page.waitForFunction(() => document.querySelectorAll('.recent').length >= 2);
  await page.waitForTimeout(300);
  await tabTo(page, '#play', 'Shift+Tab');
  if (await page.locator('#play').getAttribute('aria-pressed') === 'true') await page.keyboard.press('Space');

  // Its trace, hop by hop.
  await tabTo(page, '.recent');
  await page.keyboard.press('Enter');
  await page.waitForSelector('.recent[aria-pressed="true"]');
  await tabTo(page, '#hop-0');
  for (const hop of ['hop-1', 'hop-2']) {
    await page.keyboard.press('ArrowDown');
    await page.waitForFunction((hop) => document.activeElement.id === hop, hop);
  }
  await page.keyboard.press('ArrowUp');
  await page.waitForFunction(() => document.activeElement.id === 'hop-1');

  // Its line of YAML; Escape and Tab lead out of the editor again.
  await tabTo(page, '.hop .link.field');
  await page.keyboard.press('Enter');
  await page.waitForSelector('.cm-revealed');
  await page.waitForFunction(() => document.activeElement.closest('.cm-editor'));
  await page.keyboard.press('Escape');
  await page.keyboard.press('Tab');
  assert.equal(await page.evaluate(() => document.activeElement.closest('.cm-content')), null);

  // Another mode of kube-proxy, and back.
  await tabTo(page, '#rules-mode');
  await page.keyboard.type('nftables');
  await page.waitForFunction(() => document.querySelector('#rules-mode').value === 'nftables');
  await page.waitForSelector('.compared');
  await tabTo(page, '#undo', 'Shift+Tab');
  assert.match(await page.locator('#undo').getAttribute('aria-label'), /nftables/);
  await page.keyboard.press('Enter');
  await page.waitForFunction(() => document.querySelector('#rules-mode').value === 'iptables');
  assert.match(await page.locator('.said').textContent(), /^Undone: .*nftables/);
});

journey('the accessibility tree of a trace reads as the stored one', '#node-port', async (page) => {
  await page.waitForSelector('.hops .hop');
  const file = new URL('trace.aria.yaml', import.meta.url);
  const tree = `${await page.locator('.trace-main').ariaSnapshot()}\n`;
  if (process.env.PORTOLAN_UPDATE) await writeFile(file, tree);
  assert.equal(tree, await readFile(file, 'utf8'));
}, { reducedMotion: 'reduce' });
