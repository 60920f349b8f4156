// The Objects view: what was typed beside what is stored, who added what, and the way back to the text.
import assert from 'node:assert/strict';
import { axe, edit, replace, tab, text } from './page.mjs';
import { journeys } from './journey.mjs';

const journey = journeys();

/** The rows of the table: what is written on either side, and the word. */
const sides = (page) => page.$$eval('.sides tbody tr', (rows) => rows.map((row) => {
  const cell = (name) => row.querySelector(`td.${name} code`)?.textContent.trim() ?? '';
  return { typed: cell('typed'), stored: cell('stored'), by: row.querySelector('td.by')?.textContent ?? '', line: Number(row.querySelector('.number')?.textContent || 0) };
}));

const row = async (page, key) => {
  const found = (await sides(page)).filter((one) => (one.stored || one.typed).replace(/^- /, '').startsWith(`${key}:`));
  assert.ok(found.length > 0, `${key} in ${JSON.stringify(await sides(page))}`);
  return found[0];
};

const shows = (page, name) => page.waitForFunction((name) => document.querySelector('.object-head h2')?.textContent === name, name);

const service = (name, spec) => `apiVersion: v1\nkind: Service\nmetadata:\n  name: ${name}\nspec:\n${spec}`;

journey('a ClusterIP Service is marked line by line', '#example', async (page) => {
  await replace(page, service('web', '  selector: {app: web}\n  ports:\n  - port: 0x50\nstatus:\n  loadBalancer: {}\n'));
  await tab(page, 'Objects');
  await shows(page, 'Service default/web');
  assert.deepEqual(await row(page, 'name'), { typed: 'name: web', stored: 'name: web', by: '', line: 4 });
  assert.deepEqual(await row(page, 'clusterIP'), { ...(await row(page, 'clusterIP')), typed: '', by: 'allocated' });
  assert.equal((await row(page, 'sessionAffinity')).by, 'default');
  assert.equal((await row(page, 'type')).by, 'default');
  const port = await row(page, 'port');
  assert.deepEqual(port, { typed: port.typed, stored: 'port: 80', by: 'changed', line: 8 });
  assert.match(port.typed, /port: 0x50$/);
  // Each side holds its whole object, in one order.
  const all = await sides(page);
  assert.ok(all.length > 18 && all.every((one) => one.typed || one.stored));
  const legend = await page.$$eval('.marks dt', (all) => all.map((one) => one.textContent));
  assert.deepEqual(legend, ['default', 'allocated', 'changed']);
});

journey('a node port is allocated until it is typed', '#node-port', async (page) => {
  await replace(page, service('web', '  type: NodePort\n  ports:\n  - port: 80\n'));
  await tab(page, 'Objects');
  await shows(page, 'Service default/web');
  assert.equal((await row(page, 'nodePort')).by, 'allocated');
  await edit(page, '- port: 80', '- {port: 80, nodePort: 31000}');
  await page.waitForFunction(() => [...document.querySelectorAll('.sides tr.typed td.stored')].some((td) => td.textContent.trim() === 'nodePort: 31000'));
});

journey('a line that was typed leads to its place in the text, by pointer and by keys', '#node-port', async (page) => {
  await tab(page, 'Objects');
  const line = page.locator('.typed-line', { hasText: 'nodePort: 31000' });
  const number = Number(await line.locator('.number').textContent());
  const lines = (await text(page)).split('\n');
  assert.match(lines[number - 1], /nodePort: 31000/);
  await line.click();
  await page.waitForSelector('.cm-revealed');
  assert.match(await page.locator('.cm-revealed').first().textContent(), /nodePort: 31000/);
  assert.ok(await page.evaluate(() => document.querySelector('.cm-content').contains(document.activeElement)));
  const kind = page.locator('button.typed-line', { hasText: 'kind: Service' });
  await kind.focus();
  await page.keyboard.press('Enter');
  await page.waitForFunction(() => /kind: Service/.test(document.querySelector('.cm-revealed')?.textContent));
});

journey('the view follows the cursor until an object is picked', '#node-port', async (page) => {
  await tab(page, 'Objects');
  await page.locator('.cm-line', { hasText: 'kind: Deployment' }).first().click();
  await page.waitForFunction(() => /^Deployment/.test(document.querySelector('.object-head h2').textContent));
  assert.equal((await row(page, 'restartPolicy')).by, 'default');
  await page.locator('.listed.made', { hasText: /^web-/ }).first().click();
  await page.waitForFunction(() => /^Made by/.test(document.querySelector('.object-head .quiet')?.textContent));
  assert.equal(await page.locator('.sides .tag, .typed-line').count(), 0);
  await page.locator('.cm-line', { hasText: 'kind: Service' }).first().click();
  await page.waitForFunction(() => /^Service/.test(document.querySelector('.object-head h2').textContent));
});

journey('the filter finds one of thousands, and few are listed at once', '', async (page) => {
  const many = Array.from({ length: 3000 }, (_, i) => service(`web-${i}`, '  ports: [{port: 80}]\n')).join('---\n');
  await replace(page, many);
  await tab(page, 'Objects');
  await page.waitForFunction(() => /and \d+ more/.test(document.querySelector('.object-list')?.textContent), null, { timeout: 60000 });
  assert.ok(await page.locator('.listed').count() <= 80);
  await page.fill('#object-filter', 'service web-2718');
  await page.waitForFunction(() => document.querySelectorAll('.listed').length === 1);
  await page.locator('.listed').click();
  await shows(page, 'Service default/web-2718');
  await page.fill('#object-filter', 'no such thing');
  await page.waitForFunction(() => /No object has these words/.test(document.querySelector('.object-list').textContent));
});

journey('what the server refuses is said to be not stored', '#node-port', async (page) => {
  await replace(page, `${service('web', '  ports: [{port: 80}]\n')}---\n${service('bad', '  ports: [{port: 0}]\n')}`);
  await tab(page, 'Objects');
  await page.locator('.cm-line', { hasText: 'name: bad' }).click();
  await shows(page, 'Service default/bad');
  assert.match(await page.locator('.object-head').textContent(), /Not stored/);
});

journey('the stored YAML goes to the clipboard', '#node-port', async (page, context) => {
  await context.grantPermissions(['clipboard-read', 'clipboard-write']);
  await tab(page, 'Objects');
  await page.locator('#copy-object').click();
  await page.waitForFunction(() => /Copied/.test(document.querySelector('.object-head').textContent));
  const copied = await page.evaluate(() => navigator.clipboard.readText());
  assert.match(copied, /^kind: Service\napiVersion: v1\n/);
  assert.match(copied, /\n  clusterIP: 10\./);
});

for (const colorScheme of ['light', 'dark']) {
  for (const viewport of [{ width: 1440, height: 900 }, { width: 390, height: 844 }]) {
    journey(`the view is accessible: ${colorScheme}, ${viewport.width} px`, '#node-port', async (page) => {
      const pane = (name) => page.locator('.panes button', { hasText: name }).click();
      if (viewport.width < 800) await pane('YAML');
      await replace(page, `${service('web', '  type: NodePort\n  selector: {}\n  ports:\n  - port: 0x50\n')}`);
      if (viewport.width < 800) await pane('Details');
      await tab(page, 'Objects');
      await shows(page, 'Service default/web');
      assert.deepEqual(await axe(page), []);
      const wide = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
      assert.ok(wide <= 0, `${wide} px too wide`);
    }, { colorScheme, viewport });
  }
}
