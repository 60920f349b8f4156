// The built page in a real browser: from a key to diagnostics and chart, and what page-run.mjs measures. `cargo xtask
// bench` runs it.
//
// Each second key makes a Deployment's name one that the server refuses, so its pods go and a problem is told; the key
// after it mends that. Measured is the time from the key until both are in the document.
import { readFileSync } from 'node:fs';
import { launch, open } from '../browser/lib.mjs';
import { editor, replace } from '../browser/page.mjs';
import { cold, flying, remembering } from './page-run.mjs';
import { line, median, quantile } from './table.mjs';

const KEYS = 60;

/** Notes when a key came, and when the page says what it should. */
function watch() {
  const seen = { key: 0, done: 0, wrong: false, tasks: [] };
  globalThis.portolanSeen = seen;
  addEventListener('keydown', ({ key }) => Object.assign(seen, { key: performance.now(), done: 0, wrong: key === 'X' }), true);
  new MutationObserver(() => {
    if (seen.done || !seen.key) return;
    const problem = document.querySelector('.problems li.error') !== null;
    const pods = document.querySelector('[id^="pods-"][aria-label^="app-0 "]') !== null;
    if (problem === seen.wrong && pods !== seen.wrong) seen.done = performance.now();
  }).observe(document, { subtree: true, childList: true, attributes: true });
  new PerformanceObserver((list) => seen.tasks.push(...list.getEntries().map((entry) => entry.duration))).observe({ type: 'longtask' });
}

async function measure(browser, what, text, budgets) {
  const { page, context } = await open(browser, '', { viewport: { width: 1440, height: 900 }, reducedMotion: 'reduce' });
  await editor(page);
  await page.keyboard.press('Space');
  await replace(page, text);
  // So many pods are drawn as one chip a workload and node.
  await page.waitForSelector('[id^="pods-"][aria-label^="app-0 "]');
  await page.waitForTimeout(1500);
  await page.evaluate(watch);
  await page.keyboard.press('Control+Home');
  await page.locator('.cm-line', { hasText: 'name: app-0' }).first().click();
  await page.keyboard.press('End');
  const total = [];
  for (let key = 0; key < KEYS; key += 1) {
    await page.keyboard.press(key % 2 ? 'Backspace' : 'X');
    await page.waitForFunction(() => globalThis.portolanSeen.done > 0);
    await page.waitForTimeout(400);
    const { key: pressed, done } = await page.evaluate(() => globalThis.portolanSeen);
    total.push(done - pressed);
  }
  const tasks = await page.evaluate(() => globalThis.portolanSeen.tasks);
  const [middle, high] = budgets;
  console.log(line('page', `${what}: key to diagnostics and chart, median`, median(total), 'ms', middle));
  if (high) console.log(line('page', `${what}: key to diagnostics and chart, p99`, quantile(total, 0.99), 'ms', high));
  console.log(line('page', `${what}: longest task (50 and above are noted)`, Math.max(0, ...tasks), 'ms'));
  await context.close();
}

const browser = await launch();
try {
  await measure(browser, '50 documents', readFileSync(process.env.PORTOLAN_FIFTY, 'utf8'), [8, 16]);
  await measure(browser, '5,000 lines', readFileSync(process.env.PORTOLAN_LINES, 'utf8'), [50]);
  await cold(browser);
  for (const packets of [200, 2000, 10_000]) await flying(browser, packets);
  await remembering(browser);
} finally {
  await browser.close();
}
