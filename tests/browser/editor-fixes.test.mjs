// Every fix, clicked: of every other case in the list of problems, of the rest in the squiggle's tooltip.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { launch } from './lib.mjs';
import { cases, withText } from './editor.mjs';

let browser;
before(async () => { browser = await launch(); });
after(async () => { await browser?.close(); });

async function click(page, { title }, inTooltip) {
  if (inTooltip) {
    // On a busy machine the tooltip may have gone before the click: point again, as a person does.
    for (let tries = 4; ; tries -= 1) {
      await page.locator('.cm-lintRange-error, .cm-lintRange-info').last().hover();
      try {
        await page.locator('.cm-tooltip-lint .cm-diagnosticAction', { hasText: title }).first().click({ timeout: 5000 });
        return;
      } catch (error) {
        if (tries === 1) throw error;
        await page.mouse.move(0, 0);
      }
    }
  } else {
    await page.locator('.problems .fix', { hasText: title }).first().click();
  }
}

cases.forEach((one, number) => test(`fix: ${one.title} (${one.rule})`, async () => {
  const { page, context, complaints } = await withText(browser, one.yaml);
  await page.waitForSelector(`.problems .fix[data-rule="${one.rule}"]`);
  // A tab is no place to point at.
  await click(page, one, number % 2 === 1 && one.rule !== 'spaces-for-tabs');
  await page.waitForFunction((rule) => !document.querySelector(`.problems li.error, .problems .fix[data-rule="${rule}"]`), one.rule);
  // The editor is told after the list.
  await page.waitForFunction(() => !document.querySelector('.cm-lintRange-error'), null, { timeout: 5000 });
  assert.deepEqual(complaints, []);
  await context.close();
}));
