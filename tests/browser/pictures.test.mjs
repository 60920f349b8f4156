// Every example as it looks at rest and in traffic, in both themes, in three widths, and a hundred nodes: held against what it
// looked like before. `UPDATE=1` takes what is there now for right; look at it first: PICTURES=folder keeps the pictures.
import assert from 'node:assert/strict';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { hash, large } from './chart.mjs';
import { launch, open } from './lib.mjs';
import { EXAMPLES } from './page.mjs';
import { differences, read, signature, write } from './pictures.mjs';

const folder = join(import.meta.dirname, 'pictures');
const kept = process.env.PICTURES ?? join(import.meta.dirname, '../../target/pictures');
/** Of the window, and of the chart's room in it: whatever else is on the page, the chart has the same room. */
const WIDTHS = [[1440, 900, 1000, 500], [1024, 768, 700, 480], [390, 844, 390, 520]];
const THEMES = ['light', 'dark'];
/** Where on the slider a run is looked at: two of ten seconds. */
const MOMENTS = { rest: 0, traffic: 204 };
let browser;
let blank;

before(async () => {
  browser = await launch();
  blank = await browser.newPage();
  mkdirSync(kept, { recursive: true });
});
after(async () => {
  await browser?.close();
  if (process.env.UPDATE) for (const { file, before, now } of files.values()) write(file, new Map([...before, ...now]));
});

/** Goes to a moment, and waits until nothing moves. */
async function seek(page, value) {
  await page.$eval('#time', (slider, value) => {
    slider.value = value;
    slider.dispatchEvent(new InputEvent('input', { bubbles: true }));
  }, String(value));
  await page.evaluate(() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done))));
}

/** Gives the chart a room of its own. */
function room(page, across, down) {
  return page.$eval('.room', (room, [across, down]) => {
    Object.assign(room.style, { position: 'fixed', inset: '0 auto auto 0', width: `${across}px`, height: `${down}px`, zIndex: 99, background: 'var(--sea)' });
  }, [across, down]);
}

async function picture(page) {
  await page.waitForTimeout(60);
  return page.locator('.room').screenshot({ animations: 'disabled', caret: 'hide' });
}

/** Runs in the page: whether the chart has been laid out for this width and stands still. */
const settled = (width) => {
  const room = document.querySelector('.room');
  const now = `${room?.clientWidth} ${room?.clientHeight} ${document.querySelector('.chart-svg')?.getAttribute('viewBox')}`;
  const still = innerWidth === width && globalThis.portolanRoom === now;
  globalThis.portolanRoom = now;
  return still;
};

const files = new Map(WIDTHS.map(([width]) => {
  const file = join(folder, `${width}.txt`);
  return [width, { file, before: read(file), now: new Map() }];
}));

for (const [id, path] of [...EXAMPLES.map((id) => [id, `#${id}`]), ['hundred', hash(large(), { rate: 200 })]]) {
  test(`${id} looks as it did: at rest and in traffic, light and dark, in three widths`, async () => {
    const { page, context, complaints } = await open(browser, path, { viewport: { width: 1440, height: 900 } });
    await page.waitForSelector('.chart-svg .node');
    await page.evaluate(() => document.fonts.ready);
    const changed = [];
    for (const [width, height, across, down] of WIDTHS) {
      await page.setViewportSize({ width, height });
      await room(page, across, down);
      // Longer than the page takes to notice.
      await page.waitForFunction(settled, width, { polling: 400 });
      for (const [state, value] of Object.entries(MOMENTS)) {
        await seek(page, value);
        for (const theme of THEMES) {
          await page.emulateMedia({ colorScheme: theme });
          const name = `${id}-${state}-${theme}`;
          const { before, now } = files.get(width);
          const known = before.get(name);
          if (process.env.UPDATE) await page.waitForTimeout(300);
          let png;
          let found;
          // The page brings itself up to date a few times a second: what is another picture now may not be one in a moment.
          for (let attempt = 0; attempt < 5 && (attempt === 0 || (known && found?.length !== 0 && !process.env.UPDATE)); attempt += 1) {
            if (attempt > 0) await page.waitForTimeout(250);
            png = await picture(page);
            now.set(name, await signature(blank, png));
            found = known ? differences(known, now.get(name)) : null;
          }
          if (process.env.PICTURES || (!process.env.UPDATE && found?.length !== 0)) writeFileSync(join(kept, `${width}-${name}.png`), png);
          if (found === null) changed.push(`${width} ${name}: ${known ? 'of another size' : 'not known'}`);
          else if (found.length > 0) changed.push(`${width} ${name}: other at ${found.slice(0, 8).join(' ')}${found.length > 8 ? ` and ${found.length - 8} more` : ''}`);
        }
      }
    }
    assert.deepEqual(complaints, []);
    if (!process.env.UPDATE) assert.deepEqual(changed, [], `pictures are in ${kept}`);
    await context.close();
  });
}

test('a pod, an arrow or a packet that is not there is noticed', async () => {
  const { page, context } = await open(browser, '#node-port', { viewport: { width: 1440, height: 900 } });
  await page.waitForSelector('.chart-svg .node');
  await page.evaluate(() => document.fonts.ready);
  await room(page, 1000, 500);
  await page.waitForTimeout(700);
  await seek(page, MOMENTS.traffic);
  const whole = await signature(blank, await picture(page));
  assert.deepEqual(differences(whole, await signature(blank, await picture(page))), [], 'the same twice');
  for (const selector of ['.pod.pick', '.packet-sheet .pkt', '.chart-svg .pin', '.chart-svg .path, .chart-svg .still']) {
    const hidden = await page.$$eval(selector, (all) => { for (const one of all.slice(0, 1)) one.style.visibility = 'hidden'; return all.length; });
    assert.ok(hidden > 0, selector);
    const found = differences(whole, await signature(blank, await picture(page)));
    assert.ok(found.length > 0, `${selector}: ${found.length}`);
    await page.$$eval(selector, (all) => { for (const one of all) one.style.visibility = ''; });
  }
  await context.close();
});
