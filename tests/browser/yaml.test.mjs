// What the editor does with YAML by itself: colours, folds, indentation.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { launch } from './lib.mjs';
import { text } from './page.mjs';
import { withText } from './editor.mjs';

let browser;
before(async () => { browser = await launch(); });
after(() => browser.close());

const coloured = (page, name) => page.$$eval(`.yaml-${name}`, (all) => all.map((one) => one.textContent));

test('colours tell keys, texts, literals, comments and anchors apart', async () => {
  const { page, context } = await withText(browser, [
    '--- # one', 'name: web # not a "string"', 'port: 80', 'url: http://a:1/#b', 'flow: {a: 1, "b": [x, yes]}', 'here: &it', '  - "q: # q"',
    'note: |', '  key: not one', '', '  # nor a comment', 'after: *it', '',
  ].join('\n'));
  assert.deepEqual(await coloured(page, 'key'), ['name', 'port', 'url', 'flow', 'a', '"b"', 'here', 'note', 'after']);
  assert.deepEqual(await coloured(page, 'string'), ['web', 'http://a:1/#b', 'x', '"q: # q"', 'key: not one', '# nor a comment']);
  assert.deepEqual(await coloured(page, 'literal'), ['80', '1', 'yes']);
  assert.deepEqual(await coloured(page, 'comment'), ['# one', '# not a "string"']);
  assert.deepEqual(await coloured(page, 'anchor'), ['&it', '*it']);
  await context.close();
});

test('a block of text that begins far above what is seen is still text', async () => {
  const { page, context } = await withText(browser, `note: |\n${'  a: b\n'.repeat(400)}after: c\n`);
  await page.locator('.cm-content').focus();
  await page.keyboard.press('Control+End');
  await page.waitForFunction(() => [...document.querySelectorAll('.yaml-key')].some((one) => one.textContent === 'after'));
  assert.deepEqual(await coloured(page, 'key'), ['after']);
  await context.close();
});

test('a mapping folds under its key, a list as deep as its key, too', async () => {
  const { page, context } = await withText(browser, 'spec:\n  ports:\n  - port: 80\n    name: a\n  type: NodePort\n---\nkind: Pod\n');
  await page.locator('.cm-line', { hasText: 'ports:' }).click();
  await page.keyboard.press('Control+Shift+BracketLeft');
  assert.deepEqual((await text(page)).split('\n').map((line) => line.trimEnd()).slice(0, 3), ['spec:', '  ports:…', '  type: NodePort']);
  await page.keyboard.press('Control+Shift+BracketRight');
  await page.locator('.cm-line', { hasText: 'spec:' }).click();
  await page.keyboard.press('Control+Shift+BracketLeft');
  assert.deepEqual((await text(page)).split('\n').slice(0, 3), ['spec:…', '---', 'kind: Pod']);
  await context.close();
});

test('a new line is as deep as what it goes on with', async () => {
  const { page, context } = await withText(browser, 'spec:');
  await page.locator('.cm-content').focus();
  await page.keyboard.press('Control+End');
  for (const line of ['ports:', '- port: 80', 'name: http']) {
    await page.keyboard.press('Enter');
    await page.keyboard.press('Escape');
    await page.keyboard.type(line);
    await page.keyboard.press('Escape');
  }
  assert.equal(await text(page), 'spec:\n  ports:\n    - port: 80\n      name: http');
  await context.close();
});
