// Every example loads, in both themes and on a phone, without a complaint and without a request to anybody else.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { launch, open } from './lib.mjs';
import { EXAMPLES, axe, editor, problems, tab } from './page.mjs';

let browser;
before(async () => { browser = await launch(); });
after(async () => { await browser?.close(); });

test('every example loads with one click', async () => {
  const { page, context, complaints } = await open(browser, '', { viewport: { width: 1440, height: 900 } });
  await editor(page);
  await page.locator('#examples-button').click();
  const listed = await page.$$eval('.example', (all) => all.map((e) => e.dataset.example));
  assert.deepEqual(listed.toSorted(), EXAMPLES.toSorted());
  for (const id of EXAMPLES) {
    if (!await page.locator('#examples').count()) await page.locator('#examples-button').click();
    await page.locator(`[data-example="${id}"]`).click();
    await page.waitForFunction(() => document.querySelectorAll('.node').length === 4);
    const errors = (await problems(page)).filter((p) => p.severity === 'error');
    assert.equal(errors.length, /^notes-(service|node-port)$/.test(id) ? 1 : 0, `${id}: ${JSON.stringify(errors)}`);
    if (!/^notes-/.test(id)) await page.waitForFunction(() => document.querySelectorAll('.recent').length > 0, null, { timeout: 10000 });
  }
  assert.deepEqual(complaints, []);
  await context.close();
});

const ends = {
  'cluster-ip-outside': /unroutable|no route/, 'external-policy-local': /dropped/, 'external-name': /api\.acmecorp\.com/, selectorless: /192\.0\.2\.4[23]/,
  'load-balancer-pending': /web-\S+ on worker/, headless: /db-\d on worker/, 'port-forward-pod': /web-0/,
};
for (const [id, end] of Object.entries(ends)) {
  test(`${id} ends as it should`, async () => {
    const { page, context, complaints } = await open(browser, `#${id}`);
    await page.waitForFunction((end) => new RegExp(end).test(document.querySelector('.story')?.textContent), end.source, { timeout: 10000 });
    assert.deepEqual(complaints, []);
    await context.close();
  });
}

for (const colorScheme of ['light', 'dark']) {
  test(`axe finds nothing on the main views, ${colorScheme}`, async () => {
    const { page, context } = await open(browser, '#load-balancer', { colorScheme, viewport: { width: 1440, height: 900 } });
    await editor(page);
    await page.waitForSelector('.recent');
    await page.keyboard.press('Space');
    for (const name of ['Trace', 'Rules', 'Endpoints', 'DNS', 'Traffic', 'Objects', 'Events']) {
      await tab(page, name);
      assert.deepEqual(await axe(page), [], name);
    }
    await page.locator('.pod').first().click();
    assert.deepEqual(await axe(page), [], 'menu');
    await page.keyboard.press('Escape');
    await page.locator('#examples-button').click();
    assert.deepEqual(await axe(page), [], 'examples');
    await page.locator('[data-example="notes-service"]').click();
    await page.waitForSelector('.fix');
    assert.deepEqual(await axe(page), [], 'problems');
    await context.close();
  });

  test(`the topology fits a phone, ${colorScheme}`, async () => {
    const { page, context, complaints } = await open(browser, '#load-balancer', { colorScheme, viewport: { width: 390, height: 844 } });
    await page.waitForSelector('.chart-svg .node');
    const { chart, room, wide } = await page.evaluate(() => {
      const box = (s) => document.querySelector(s).getBoundingClientRect();
      return { chart: box('.chart-svg'), room: box('.room'), wide: document.documentElement.scrollWidth };
    });
    assert.ok(chart.height <= room.height + 1, `${chart.height} in ${room.height}`);
    assert.ok(wide <= 390);
    await page.getByRole('tab', { name: 'YAML' }).click();
    await page.waitForSelector('.cm-content');
    await page.getByRole('tab', { name: 'Details' }).click();
    await page.waitForSelector('.hops');
    await page.getByRole('tab', { name: 'Chart' }).click();
    assert.deepEqual(await axe(page), []);
    assert.deepEqual(complaints, []);
    await context.close();
  });
}
