// Typing never waits for the engine, however large the text is.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { launch, open } from './lib.mjs';
import { editor, problems, replace } from './page.mjs';

let browser;
before(async () => { browser = await launch(); });
after(async () => { await browser?.close(); });

const service = (i) => `apiVersion: v1
kind: Service
metadata:
  name: web-${i}
  labels:
    app: web-${i}
spec:
  selector:
    app: web-${i}
  ports:
    - name: http
      port: 80
      targetPort: 8080
---
`;
const deployment = (i) => `apiVersion: apps/v1
kind: Deployment
metadata:
  name: web-${i}
spec:
  replicas: 2
  selector:
    matchLabels:
      app: web-${i}
  template:
    metadata:
      labels:
        app: web-${i}
    spec:
      containers:
        - name: web
          image: nginx
---
`;

/** Types into the first Service's name; gives the time from each key to the paint after it, and the longest task meanwhile. */
async function typed(page, keys, wait) {
  await page.locator('.cm-line', { hasText: 'name: web-0' }).first().click();
  await page.keyboard.press('End');
  await page.evaluate(() => {
    globalThis.seen = { tasks: [], keys: [] };
    new PerformanceObserver((list) => seen.tasks.push(...list.getEntries().map((entry) => entry.duration))).observe({ type: 'longtask' });
    addEventListener('keydown', () => {
      const start = performance.now();
      requestAnimationFrame(() => setTimeout(() => seen.keys.push(performance.now() - start)));
    }, true);
  });
  for (const key of keys) {
    await page.keyboard.press(key);
    await page.waitForTimeout(wait);
  }
  const { tasks, keys: times } = await page.evaluate(() => globalThis.seen);
  times.sort((a, b) => a - b);
  return { median: times[times.length >> 1], slowest: times.at(-1), task: Math.max(0, ...tasks) };
}

const texts = [
  ['5,000 lines', Array.from({ length: 160 }, (_, i) => service(i) + deployment(i)).join(''), { median: 50, slowest: 200 }],
  ['10,000 Services', Array.from({ length: 10_000 }, (_, i) => service(i)).join(''), { median: 100, slowest: 500 }],
];

for (const [what, text, most] of texts) {
  test(`a key is on the screen at once in ${what}, and the latest text is the one that is read`, async () => {
    const { page, context, complaints } = await open(browser, '', { viewport: { width: 1440, height: 900 } });
    await editor(page);
    await replace(page, text);
    await page.waitForSelector('[id^="svc-default/web-"]', { timeout: 60_000 });
    await page.waitForTimeout(1000);
    const figures = await typed(page, 'abcdefghijklmnopqrst', 130);
    console.log(`${what}: key to paint ${figures.median.toFixed()} ms, slowest ${figures.slowest.toFixed()} ms, longest task ${figures.task.toFixed()} ms`);
    // Far from what is seen on a machine with nothing else to do, and far below what reading it all would take.
    assert.ok(figures.median < most.median && figures.slowest < most.slowest, JSON.stringify(figures));
    // A name that is none: the server's word for the last state of the text.
    await page.keyboard.type('_');
    await page.waitForFunction(() => [...document.querySelectorAll('.problems li.error')].some((li) => li.textContent.includes('web-0abcdefghijklmnopqrst_')), null, { timeout: 60_000 });
    assert.equal((await problems(page)).filter((one) => one.severity === 'error').length, 1);
    assert.deepEqual(complaints, []);
    await context.close();
  });
}
