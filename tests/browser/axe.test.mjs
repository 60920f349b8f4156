// axe on what the other files do not open: the client's panel, a workload's menu, what a run is exported as, the Embed dialog,
// and a manifest whose expectations do not hold; at a desk and on a phone, light and dark.
import assert from 'node:assert/strict';
import { axe, tab } from './page.mjs';
import { journeys } from './journey.mjs';

const journey = journeys();

for (const colorScheme of ['light', 'dark']) {
  for (const [width, height] of [[1440, 900], [390, 844]]) {
    const options = { colorScheme, viewport: { width, height } };

    journey(`nothing for axe to find in panels and dialogs, ${colorScheme}, ${width} px`, '#retry-storm', async (page) => {
      await page.waitForSelector('.chart-svg .node');
      await page.locator('#sender-open').click();
      await page.waitForSelector('#sender');
      assert.deepEqual(await axe(page), [], 'how the client sends');
      await page.keyboard.press('Escape');
      await page.locator('.pod.selected').first().click();
      await page.waitForSelector('#menu');
      assert.deepEqual(await axe(page), [], 'menu of a pod');
      await page.keyboard.press('Escape');
      await page.locator('#export').click();
      assert.deepEqual(await axe(page), [], 'export');
      await page.locator('#export').click();
      await page.locator('#embed').click();
      await page.locator('#embedding').waitFor();
      assert.deepEqual(await axe(page), [], 'embedding');
      await page.locator('#embedding-close').click();
      for (const sheet of ['#examples-button', '#help-button']) {
        await page.locator(sheet).click();
        assert.deepEqual(await axe(page), [], sheet);
        await page.keyboard.press('Escape');
      }
    }, options);

    journey(`nothing for axe to find where a run fails, ${colorScheme}, ${width} px`, '#zone-cut-off', async (page) => {
      await page.waitForSelector('.chart-svg .node');
      if (width < 900) await page.getByRole('tab', { name: 'Details' }).click();
      for (const name of ['Trace', 'Rules', 'Endpoints', 'DNS', 'Traffic', 'Objects', 'Events']) {
        await tab(page, name);
        assert.deepEqual(await axe(page), [], name);
      }
    }, options);
  }
}
