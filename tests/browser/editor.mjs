// What the tests of the editor share: a page with a text, squiggles, tooltips, suggestions.
import { readFile, readdir } from 'node:fs/promises';
import { deflateRawSync } from 'node:zlib';
import { open } from './lib.mjs';
import { editor } from './page.mjs';

/** Opens a page whose cluster is made of `yaml` alone. */
export async function withText(browser, yaml, options) {
  const hash = `#1.${deflateRawSync(Buffer.from(`\n${yaml}`)).toString('base64url')}`;
  const opened = await open(browser, hash, { viewport: { width: 1440, height: 900 }, ...options });
  await editor(opened.page);
  return opened;
}

/** The texts under the squiggles of a severity, one for each piece that is underlined without a gap. */
export async function squiggles(page, severity = 'error') {
  await page.waitForSelector(`.cm-lintRange-${severity}`);
  return page.$$eval(`.cm-lintRange-${severity}`, (marks) => {
    const outer = marks.filter((mark) => !mark.parentElement.closest('[class*=cm-lintRange]'));
    const pieces = [];
    let last = null;
    for (const mark of outer) {
      if (last && last.nextSibling === mark) pieces[pieces.length - 1] += mark.textContent;
      else pieces.push(mark.textContent);
      last = mark;
    }
    return pieces;
  });
}

/** Puts the cursor into a line, after `text`. */
export async function cursorAfter(page, text) {
  const line = page.locator('.cm-line', { hasText: text }).first();
  const content = await line.textContent();
  await line.click();
  await page.keyboard.press('Home');
  await page.keyboard.press('Home');
  for (let n = content.indexOf(text) + text.length; n > 0; n--) await page.keyboard.press('ArrowRight');
}

/** Moves the pointer onto a word of a line. */
export async function pointAt(page, line, word) {
  const found = page.locator('.cm-line', { hasText: line }).first();
  await found.scrollIntoViewIfNeeded();
  const box = await found.evaluate((element, word) => {
    const walker = document.createTreeWalker(element, NodeFilter.SHOW_TEXT);
    for (let node = walker.nextNode(); node; node = walker.nextNode()) {
      const at = node.textContent.indexOf(word);
      if (at < 0) continue;
      const range = document.createRange();
      range.setStart(node, at);
      range.setEnd(node, at + word.length);
      const { x, y, width, height } = range.getBoundingClientRect();
      return { x: x + width / 2, y: y + height / 2 };
    }
    return null;
  }, word);
  // From elsewhere, so that the pointer is seen to move.
  await page.mouse.move(box.x + 2, box.y + 40);
  await page.mouse.move(box.x, box.y, { steps: 4 });
}

/**
 * The suggestions that are shown, with `first` at the top; without it, any. A list of what was typed a moment ago may still stand
 * there, so that one without it is waited out.
 */
export async function suggestions(page, first) {
  const labels = '.cm-tooltip-autocomplete li .cm-completionLabel';
  await page.waitForFunction(([labels, first]) => {
    const top = document.querySelector(labels)?.textContent;
    return first === undefined ? top !== undefined : top === first;
  }, [labels, first]);
  return page.$$eval(labels, (all) => all.map((one) => one.textContent));
}

const FOLDER = new URL('../cases/fixes/', import.meta.url);

/** The manifests that one rule each can mend (tests/cases/fixes), with the title of the fix. */
export const cases = await Promise.all((await readdir(FOLDER)).sort().map(async (file) => {
  const yaml = await readFile(new URL(file, FOLDER), 'utf8');
  return { rule: file.replace('.yaml', ''), title: /^# fix: (.*)$/m.exec(yaml)[1], yaml };
}));
