// Time as something to hold: back and forth, what was done taken back, a run kept as a Scenario.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { url } from './lib.mjs';
import { axe, kept, pods, tab, text } from './page.mjs';
import { journeys } from './journey.mjs';

const journey = journeys();

const now = (page) => page.locator('#time').getAttribute('aria-valuetext');
const seconds = async (page) => {
  const words = await page.locator('.clock').textContent();
  const [, minutes = 0, value, unit] = /(?:(\d+) min )?([\d.]+) (ms|s)/.exec(words);
  return Number(minutes) * 60 + Number(value) / (unit === 'ms' ? 1000 : 1);
};
const after = (page, time) => page.waitForFunction((time) => {
  const [, value, unit] = /([\d.]+) (ms|s)/.exec(document.querySelector('.clock').textContent);
  return Number(value) / (unit === 'ms' ? 1000 : 1) >= time;
}, time, { timeout: 30_000 });
const act = async (page, pod, words) => {
  await page.locator(`[id="pod-${pod}"]`).click();
  await page.locator('.menu button', { hasText: words }).click();
};
const counts = (page) => page.$$eval('.counts .count', (all) => Object.fromEntries(all.map((one) => [one.children[0].textContent, Number(one.children[1].textContent)])));

journey('the slider shows any moment, and time goes on from there', '#node-port', async (page) => {
  const before = await pods(page, '.pod.selected');
  await after(page, 1.5);
  await act(page, before[0], 'Kill it');
  await page.waitForFunction((pod) => !document.getElementById(`pod-${pod}`), before[0], { timeout: 20_000 });
  assert.equal(await page.locator('.marks-line .done').count(), 1);
  const end = await seconds(page);
  await page.locator('#time').focus();
  await page.keyboard.press('Home');
  assert.equal(await now(page), '0 s');
  assert.deepEqual(await pods(page, '.pod.selected'), before);
  assert.equal(await page.locator('#play').getAttribute('aria-pressed'), 'false');
  await page.keyboard.press('PageUp');
  assert.match(await now(page), new RegExp(`kill pod ${before[0].split('/')[1]}`));
  await page.keyboard.press('ArrowLeft');
  assert.ok(await seconds(page) < end);
  // What was done later is done again.
  await page.keyboard.press('Space');
  await page.waitForFunction((pod) => !document.getElementById(`pod-${pod}`), before[0], { timeout: 20_000 });
  assert.equal(await page.locator('.marks-line .done').count(), 1);
  // A drag does the same.
  const box = await page.locator('#time').boundingBox();
  await page.mouse.click(box.x + 12, box.y + box.height / 2);
  assert.ok(await seconds(page) < 1);
  assert.deepEqual(await pods(page, '.pod.selected'), before);
});

journey('what is done by hand is undone and done again, with the keys, too', '#node-port', async (page) => {
  const before = await pods(page, '.pod.selected');
  await after(page, 1);
  await act(page, before[1], 'Make it unready');
  await page.waitForSelector('.pod.unready');
  assert.match(await page.locator('#undo').getAttribute('aria-label'), /^Undo: make pod .* unready$/);
  await page.locator('body').press('Control+z');
  await page.waitForSelector('.pod.unready', { state: 'detached' });
  assert.match(await page.locator('.said').textContent(), /^Undone: make pod .* unready$/);
  await page.locator('body').press('Control+Shift+z');
  await page.waitForSelector('.pod.unready');
  // The editor has an undo of its own.
  await page.locator('.cm-content').click();
  await page.keyboard.press('Control+z');
  assert.equal(await page.locator('.pod.unready').count(), 1);
  await page.locator('#undo').click();
  await page.waitForSelector('.pod.unready', { state: 'detached' });
  assert.equal(await page.locator('#undo').getAttribute('aria-disabled'), 'true');
});

journey('scaling is written into the YAML, and the run goes on', '#scaling', async (page) => {
  const before = await text(page);
  await after(page, 1.5);
  const pod = (await pods(page, '.pod.selected'))[0];
  const time = await seconds(page);
  await page.locator(`[id="pod-${pod}"]`).click();
  await page.locator('.scale .step', { hasText: '+' }).click();
  await page.waitForFunction(() => /replicas: 3/.test(document.querySelector('.cm-content').textContent));
  await page.waitForFunction(() => document.querySelectorAll('.pod.ready.selected').length === 3, null, { timeout: 20_000 });
  assert.ok(await seconds(page) > time, 'it did not begin anew');
  await page.locator('#undo').click();
  await page.waitForFunction(() => document.querySelectorAll('.pod.selected').length === 2);
  assert.equal(await text(page), before);
  await page.waitForFunction(() => document.querySelector('#redo').getAttribute('aria-disabled') === 'false');
});

journey('a run is recorded as a Scenario that has the same numbers', '#node-port', async (page) => {
  await page.selectOption('#rate', '20');
  await after(page, 1.5);
  await act(page, (await pods(page, '.pod.selected'))[0], 'Kill it');
  await after(page, 4);
  await page.keyboard.press('Space');
  await tab(page, 'Traffic');
  await page.locator('#record').click();
  await page.waitForFunction(() => /Scenario/.test(document.querySelector('.said').textContent));
  await page.waitForFunction(() => document.querySelector('.cluster').textContent.startsWith('Running cluster, 1 update'));
  const written = await kept(page);
  assert.equal(written.match(/kind: Scenario/g).length, 1);
  assert.match(written, /events:\n.*- at: /s);
  await page.locator('#time').focus();
  await page.keyboard.press('End');
  const first = await counts(page);
  assert.ok(first.sent > 50 && first.delivered > 40, JSON.stringify(first));
  await page.locator('#afresh').click();
  await page.waitForFunction(() => document.querySelector('.cluster').textContent.startsWith('New cluster'));
  await page.locator('#time').focus();
  await page.keyboard.press('End');
  assert.deepEqual(await counts(page), first);
});

journey('the traffic is drawn, told and downloaded', '#node-port', async (page) => {
  await page.selectOption('#rate', '20');
  await tab(page, 'Traffic');
  await act(page, (await pods(page, '.pod.selected'))[0], 'Kill it');
  await after(page, 6);
  const told = await page.$$eval('.plot svg', (all) => all.map((one) => one.getAttribute('aria-label')));
  assert.equal(told.length, 6, told.join('\n'));
  assert.match(told[0], /^Requests sent over .*: last sent [\d.]+ \/ s; at most [\d.]+ \/ s$/);
  assert.match(told[2], /^Latency: p50, p90, p99 over .*: last p50 [\d.]+ ms, p90 .*, p99 .*; at most/);
  const files = {};
  for (const what of ['svg', 'png', 'mermaid', 'csv']) {
    await page.locator('#export').click();
    const [download] = await Promise.all([page.waitForEvent('download'), page.locator(`#export-${what}`).click()]);
    const chunks = [];
    for await (const chunk of await download.createReadStream()) chunks.push(chunk);
    files[what] = Buffer.concat(chunks);
  }
  assert.match(files.csv.toString(), /^what,from,to,start_ms.*\r\nclient,external,node\/worker-1:31000,0,/);
  assert.match(files.mermaid.toString(), /^flowchart LR\n.*service -->\|"\d+\.\d %"\| endpoint0/s);
  assert.equal(files.png.subarray(1, 4).toString(), 'PNG');
  // Alone on a page it is a picture, with nothing of ours around it.
  const svg = files.svg.toString();
  assert.doesNotMatch(svg, /var\(|class=|<script/);
  const other = await page.context().newPage();
  await other.setContent(`<img alt="" src="data:image/svg+xml;base64,${files.svg.toString('base64')}">`);
  assert.ok(await other.locator('img').evaluate((image) => image.decode().then(() => image.naturalWidth > 400)));
});

for (const colorScheme of ['light', 'dark']) {
  for (const width of [1440, 390]) {
    journey(`nothing to complain of: time, traffic and downloads, ${colorScheme}, ${width}`, '#rolling-update', async (page) => {
      await after(page, 5);
      await page.locator('#export').click();
      assert.deepEqual(await axe(page), []);
      await page.keyboard.press('Escape');
      assert.equal(await page.locator('.export[open]').count(), 0);
      if (width < 800) await page.locator('.panes button', { hasText: 'Details' }).click();
      await tab(page, 'Traffic');
      await page.locator('.numbers summary').first().click();
      assert.deepEqual(await axe(page), []);
      assert.ok(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth));
    }, { colorScheme, viewport: { width, height: 844 } });
  }
}

journey('a thumb moves time', '#node-port', async (page) => {
  await after(page, 2);
  const box = await page.locator('#time').boundingBox();
  assert.ok(box.width > 250 && box.height >= 24, JSON.stringify(box));
  await page.touchscreen.tap(box.x + 14, box.y + box.height / 2);
  assert.ok(await seconds(page) < 1);
}, { viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true });

test('the embedded view rests while it is out of sight', async () => {
  const context = await journey.browser().newContext();
  const page = await context.newPage();
  await page.setContent(`<title>docs</title><div style="height: 3000px"><iframe title="chart" width="800" height="500" src="${new URL('embed.html?autoplay#cluster-ip', url).href}"></iframe></div>`);
  const frame = page.frameLocator('iframe');
  await frame.locator('g.pkt').first().waitFor();
  await page.evaluate(() => scrollTo(0, 2400));
  await page.waitForTimeout(500);
  const places = () => frame.locator('g.pkt').evaluateAll((all) => all.map((one) => one.getAttribute('transform')).join());
  const first = await places();
  await page.waitForTimeout(700);
  assert.equal(await places(), first);
  await page.evaluate(() => scrollTo(0, 0));
  await page.waitForTimeout(700);
  assert.notEqual(await places(), first);
  await context.close();
});
