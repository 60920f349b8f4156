// The guide: every chapter opens and its claims hold, a task is mended as a reader would, and is remembered.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { complaintsOf, launch, url } from './lib.mjs';
import { axe } from './page.mjs';

let browser;
before(async () => { browser = await launch(); });
after(async () => { await browser?.close(); });

const WIDE = { viewport: { width: 1440, height: 900 } };

async function visit(path, options = WIDE) {
  const context = await browser.newContext(options);
  await context.addInitScript(() => { delete Navigator.prototype.serviceWorker; });
  const page = await context.newPage();
  const complaints = complaintsOf(page);
  await page.goto(new URL(`guide/${path}`, url).href);
  return { page, context, complaints };
}

/** The chart or task, brought into view, when its claims were judged. */
async function judged(page, live) {
  await live.scrollIntoViewIfNeeded();
  await live.locator('.claims li:not([data-state="open"])').first().waitFor();
  return live;
}

/** Puts another text into a chart's editor, as a paste does. */
async function write(page, live, text) {
  const field = live.locator('.cm-content');
  await field.focus();
  await page.keyboard.press('Control+a');
  await field.evaluate((field, text) => {
    const data = new DataTransfer();
    data.setData('text/plain', text);
    field.dispatchEvent(new ClipboardEvent('paste', { clipboardData: data, bubbles: true, cancelable: true }));
  }, text);
}

const states = (live) => live.locator('.claims li').evaluateAll((rows) => rows.map((row) => row.dataset.state));

test('every chapter opens without a complaint, what it says of its charts holds, and its task is broken', async () => {
  const { page, context, complaints } = await visit('index.html');
  const chapters = await page.$$eval('.list a', (links) => links.map((link) => link.getAttribute('href')));
  assert.ok(chapters.length >= 20, `${chapters.length} chapters`);
  for (const chapter of chapters) {
    await page.goto(new URL(`guide/${chapter}`, url).href);
    const charts = page.locator('figure[data-live]');
    for (let at = 0; at < await charts.count(); at++) {
      const live = await judged(page, charts.nth(at));
      assert.deepEqual(new Set(await states(live)), new Set(['holds']), `${chapter}, chart ${at + 1}`);
    }
    const task = await judged(page, page.locator('[data-task]'));
    assert.ok((await states(task)).includes('fails'), `${chapter}: its task`);
    // Nothing of it is still on its way when the next one is opened.
    await task.locator('.cm-content').waitFor();
    assert.match(await task.locator('.why').first().textContent(), /^Expected .+; but .+/);
  }
  assert.deepEqual(complaints, []);
  await context.close();
});

test('a task is judged while it is mended, and what is solved is remembered', async () => {
  const { page, context, complaints } = await visit('08-no-endpoints.html');
  const task = await judged(page, page.locator('[data-task]'));
  const said = task.locator('[data-said]');
  assert.match(await said.textContent(), /^\d of \d hold/);
  // The solution, as the page itself shows it.
  await task.locator('summary').click();
  const solution = await task.locator('.solution code > :not(del)').evaluateAll((lines) => lines.map((line) => line.lastChild.data).join(''));
  await task.locator('.cm-content').waitFor();
  await write(page, task, solution);
  await task.and(page.locator('.mended')).waitFor();
  assert.match(await said.textContent(), /mended/);
  assert.deepEqual(new Set(await states(task)), new Set(['holds']));
  // Text that is no YAML is no disaster.
  await write(page, task, 'a: [');
  await page.waitForFunction(() => /cannot be read/.test(document.querySelector('[data-task] [data-said]').textContent));
  await task.getByRole('button', { name: 'Start over' }).click();
  await page.waitForFunction(() => /^\d of \d hold/.test(document.querySelector('[data-task] [data-said]').textContent));
  await page.goto(new URL('guide/index.html', url).href);
  assert.match(await page.locator('[data-chapter="08-no-endpoints"] a').textContent(), /\(solved\)$/);
  assert.match(await page.locator('[data-done]').textContent(), /^1 of/);
  assert.deepEqual(complaints, []);
  await context.close();
});

test('a reader may change what a chart shows, and sees which claims end', async () => {
  const { page, context, complaints } = await visit('02-cluster-ip.html');
  const live = await judged(page, page.locator('figure[data-live]').first());
  await live.getByRole('button', { name: 'Change the YAML' }).click();
  await live.locator('.cm-content').waitFor();
  const text = await live.locator('portolan-chart').evaluate((chart) => chart.yaml);
  await write(page, live, text.replace('selector: {app: shop}', 'selector: {app: shpo}'));
  await live.locator('[data-state="fails"]').first().waitFor();
  assert.match(await live.locator('[data-said]').textContent(), /^\d of \d are true of what you made of it/);
  await live.locator('[data-open]').click();
  await page.waitForURL(/index\.html#/);
  await page.waitForSelector('.cm-content');
  assert.match(await page.locator('.cm-content').textContent(), /shpo/);
  assert.deepEqual(complaints, []);
  await context.close();
});

test('where scripts are off the manifests and a solution can be read', async () => {
  const { page, context } = await visit('02-cluster-ip.html', { ...WIDE, javaScriptEnabled: false });
  assert.match(await page.locator('portolan-chart code').first().innerText(), /kind: Service/);
  assert.ok(await page.locator('portolan-chart code').first().isVisible());
  await page.locator('.solution summary').click();
  assert.ok(await page.locator('.solution ins').first().isVisible() || await page.locator('.solution del').first().isVisible());
  await context.close();
});

for (const colorScheme of ['light', 'dark']) {
  for (const width of [1440, 390]) {
    test(`nothing for axe to find in the guide, ${colorScheme}, ${width} px`, async () => {
      const { page, context } = await visit('index.html', { colorScheme, viewport: { width, height: 900 } });
      assert.deepEqual(await axe(page), [], 'contents');
      await page.goto(new URL('guide/08-no-endpoints.html', url).href);
      for (const live of await page.locator('[data-live]').all()) await judged(page, live);
      await page.locator('.solution summary').click();
      assert.deepEqual(await axe(page), [], 'a chapter');
      assert.ok(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth), 'nothing is wider than the page');
      await context.close();
    });
  }
}

test('the playground leads to the guide and back', async () => {
  const context = await browser.newContext(WIDE);
  const page = await context.newPage();
  await page.goto(url);
  await page.getByRole('link', { name: 'Guide' }).click();
  await page.waitForSelector('.list');
  await page.getByRole('link', { name: 'Playground' }).click();
  await page.waitForSelector('.chart-svg');
  await context.close();
});
