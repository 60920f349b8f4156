// A test in a page of its own, which must have nothing to complain of.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { launch, open } from './lib.mjs';

/** Starts a browser for the tests of a file. Returns `journey(name, path, run, options)`; `journey.browser()` is the browser. */
export function journeys() {
  let browser;
  before(async () => { browser = await launch(); });
  after(async () => { await browser?.close(); });
  const journey = (name, path, run, options) => test(name, async () => {
    const { page, context, complaints } = await open(browser, path, { viewport: { width: 1440, height: 900 }, ...options });
    // On a narrow screen the editor is there, but not in sight.
    await page.waitForSelector('.cm-content', { state: 'attached' });
    await run(page, context);
    assert.deepEqual(complaints, []);
    await context.close();
  });
  journey.browser = () => browser;
  return journey;
}
