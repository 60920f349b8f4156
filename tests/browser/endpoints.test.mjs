// The Endpoints view: slices as they are stored, with conditions and hints, and why an endpoint gets nothing.
import assert from 'node:assert/strict';
import { axe, replace, tab } from './page.mjs';
import { journeys } from './journey.mjs';

const journey = journeys();

/** The slices: what is said above each, and its rows as a map from heading to text. */
const slices = (page) => page.$$eval('.slice', (tables) => tables.map((table) => {
  const heads = [...table.querySelectorAll('th')].map((th) => th.textContent.replace('here', 'standing'));
  const rows = [...table.querySelectorAll('tbody tr')].map((row) => Object.fromEntries([...row.children].map((cell, n) => [heads[n], cell.textContent.trim()])));
  return { caption: table.caption.textContent, rows };
}));

const SPREAD = `apiVersion: v1
kind: Service
metadata: {name: web}
spec:
  selector: {app: web}
  trafficDistribution: PreferSameZone
  ports: [{name: http, port: 80, targetPort: 8080}]
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec:
  replicas: 6
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec: {containers: [{name: web, image: web, ports: [{containerPort: 8080}]}]}
`;

journey('a slice shows name, type, ports, conditions, target and node of each endpoint', '#node-port', async (page) => {
  await tab(page, 'Endpoints');
  const [slice] = await slices(page);
  assert.match(slice.caption, /IPv4, ports .*\d+\/TCP, 3 of at most 100 endpoints/);
  assert.equal(slice.rows.length, 3);
  for (const row of slice.rows) {
    assert.match(row.address, /^10\.244\.\d+\.\d+( \u2190 the request)?$/);
    assert.match(row.standing, /^used/);
    assert.deepEqual([row.ready, row.serving, row.terminating], ['true', 'true', 'false']);
    assert.match(row.targetRef, /^Pod /);
    assert.match(row.node, /^worker-/);
  }
  // The pod is on the chart.
  const pod = slice.rows[0].targetRef.replace('Pod ', '');
  await page.locator('.slice .link', { hasText: pod }).click();
  await page.waitForSelector('.menu');
  assert.ok((await page.locator('.menu').textContent()).includes(pod));
  await page.locator('.menu button', { hasText: 'Make it unready' }).click();
  await page.waitForFunction((pod) => [...document.querySelectorAll('.slice tbody tr')].some((row) => row.textContent.includes(pod) && /not ready/.test(row.textContent)), pod);
  const row = (await slices(page))[0].rows.find((one) => one.targetRef.includes(pod));
  assert.deepEqual([row.ready, row.standing, row.chance], ['false', 'not ready', '\u2013']);
});

journey('hints are shown, and who has none for this zone is said', '#example', async (page) => {
  await replace(page, SPREAD);
  await tab(page, 'Endpoints');
  await page.waitForFunction(() => document.querySelectorAll('.slice tbody tr').length === 6);
  await page.selectOption('#endpoints-node', 'worker-3');
  await page.waitForFunction(() => /no hint for this zone/.test(document.querySelector('.slice').textContent));
  const [slice] = await slices(page);
  for (const row of slice.rows) {
    assert.equal(row.hints, `zones: ${row.zone}`);
    assert.match(row.standing, row.zone === 'zone-b' ? /^used/ : /^no hint for this zone$/);
  }
});

journey('under policy Local the others are named; a terminating endpoint too', '#example', async (page) => {
  await replace(page, SPREAD.replace('trafficDistribution: PreferSameZone', 'internalTrafficPolicy: Local'));
  await tab(page, 'Endpoints');
  await page.waitForFunction(() => document.querySelectorAll('.slice tbody tr').length === 6);
  await page.selectOption('#endpoints-node', 'worker-1');
  await page.waitForFunction(() => /not on this node: policy Local/.test(document.querySelector('.slice').textContent));
  for (const row of (await slices(page))[0].rows) {
    assert.match(row.standing, row.node === 'worker-1' ? /^used/ : /^not on this node: policy Local$/);
  }
});

for (const colorScheme of ['light', 'dark']) {
  journey(`nothing for axe to find in ${colorScheme}`, '#node-port', async (page) => {
    await page.keyboard.press('Space');
    await tab(page, 'Endpoints');
    await page.waitForSelector('.slice');
    assert.deepEqual(await axe(page), []);
    await page.setViewportSize({ width: 390, height: 844 });
    await page.locator('.panes button', { hasText: 'Details' }).click();
    assert.deepEqual(await axe(page), []);
    assert.ok(await page.evaluate(() => document.documentElement.scrollWidth <= 390));
  }, { colorScheme });
}
