// The built page in a real browser: from a key to diagnostics and chart. `cargo xtask bench` runs it.
//
// Each key makes a Service another one, so the chart changes. Measured are the time from the key until the page outside
// the editor is as it stays, and how much of that is work: what comes after the page has stopped waiting for more keys.
import { readFileSync } from 'node:fs';
import { launch, open } from '../browser/lib.mjs';
import { editor, replace } from '../browser/page.mjs';
import { line, median, quantile } from './table.mjs';

const KEYS = 60;

/** Notes when a key came, when the wait after it was over, and when the page changed last. */
function watch() {
  const seen = { key: 0, woke: 0, changed: 0, tasks: [] };
  globalThis.portolanSeen = seen;
  addEventListener('keydown', () => Object.assign(seen, { key: performance.now(), woke: 0, changed: 0 }), true);
  const wait = globalThis.setTimeout;
  globalThis.setTimeout = (call, time, ...rest) => wait((...all) => {
    if (time >= 50 && seen.key && !seen.woke) seen.woke = performance.now();
    call(...all);
  }, time, ...rest);
  new MutationObserver((records) => {
    const outside = records.some(({ target }) => !(target.nodeType === 1 ? target : target.parentElement)?.closest('.editor, .packets, [aria-live]'));
    if (outside && seen.key) seen.changed = performance.now();
  }).observe(document, { subtree: true, childList: true, attributes: true, characterData: true });
  new PerformanceObserver((list) => seen.tasks.push(...list.getEntries().map((entry) => entry.duration))).observe({ type: 'longtask' });
}

async function measure(browser, what, text, budgets) {
  const { page, context } = await open(browser, '', { viewport: { width: 1440, height: 900 }, reducedMotion: 'reduce' });
  await editor(page);
  await page.keyboard.press('Space');
  await replace(page, text);
  await page.waitForSelector('[id="svc-default/first"]');
  await page.waitForTimeout(1500);
  await page.evaluate(watch);
  await page.keyboard.press('Control+Home');
  await page.locator('.cm-line', { hasText: 'name: first' }).first().click();
  await page.keyboard.press('End');
  const [total, work] = [[], []];
  for (let key = 0; key < KEYS; key += 1) {
    await page.keyboard.press(key % 2 ? 'Backspace' : 'x');
    await page.waitForFunction(() => globalThis.portolanSeen.changed > 0);
    await page.waitForTimeout(400);
    const { key: pressed, woke, changed } = await page.evaluate(() => globalThis.portolanSeen);
    total.push(changed - pressed);
    work.push(changed - (woke || pressed));
  }
  const tasks = await page.evaluate(() => globalThis.portolanSeen.tasks);
  const [middle, high] = budgets;
  console.log(line('page', `${what}: key to diagnostics and chart, median`, median(total), 'ms', middle));
  if (high) console.log(line('page', `${what}: key to diagnostics and chart, p99`, quantile(total, 0.99), 'ms', high));
  console.log(line('page', `${what}: of which work, median`, median(work), 'ms', middle));
  if (high) console.log(line('page', `${what}: of which work, p99`, quantile(work, 0.99), 'ms', high));
  console.log(line('page', `${what}: longest task (50 and above are noted)`, Math.max(0, ...tasks), 'ms'));
  await context.close();
}

const first = 'apiVersion: v1\nkind: Service\nmetadata:\n  name: first\nspec:\n  selector:\n    app: app-0\n  ports:\n  - port: 80\n';
const browser = await launch();
try {
  await measure(browser, '50 documents', first + readFileSync(process.env.PORTOLAN_FIFTY, 'utf8'), [8, 16]);
  await measure(browser, '5,000 lines', first + readFileSync(process.env.PORTOLAN_LINES, 'utf8'), [50]);
} finally {
  await browser.close();
}
