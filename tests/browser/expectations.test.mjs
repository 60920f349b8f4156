// What the text claims of itself: rows that follow the typing, the way to the line and to the packet, a claim made of a packet.
import assert from 'node:assert/strict';
import { axe, kept, replace, tab } from './page.mjs';
import { journeys } from './journey.mjs';

const journey = journeys();

const TEXT = `apiVersion: v1
kind: Service
metadata: {name: web}
spec: {type: NodePort, selector: {app: web}, ports: [{port: 80, nodePort: 31000}]}
---
apiVersion: v1
kind: Pod
metadata: {name: web-0, labels: {app: web}}
spec: {containers: [{name: web, image: nginx, ports: [{containerPort: 80}]}]}
---
apiVersion: portolan.dev/v1alpha1
kind: Expectation
spec:
  from: external
  cases:
    - {name: the port answers, to: "node/worker-1:31000", endpoints: [web-0]}
    - {name: no other does, to: "node/worker-1:31001", cause: not-listening}
`;

const rows = (page) => page.$$eval('.expectations-view li', (all) => all.map((row) => `${row.querySelector('.name').firstChild.data}: ${row.className}`));
const settled = (page, ...wanted) => page.waitForFunction((wanted) => {
  const now = [...document.querySelectorAll('.expectations-view li')].map((row) => row.className);
  return now.join() === wanted.join();
}, wanted);

journey('claims are tried while the text changes, and say what is otherwise', '', async (page) => {
  await replace(page, TEXT);
  await tab(page, 'Expectations');
  await settled(page, 'holds', 'holds');
  assert.deepEqual(await rows(page), ['the port answers: holds', 'no other does: holds']);
  assert.equal(await page.locator('.expectations-view h2').textContent(), '2 of 2 hold');
  await replace(page, TEXT.replace('selector: {app: web}', 'selector: {app: wbe}'));
  await settled(page, 'fails', 'holds');
  assert.equal(await page.locator('#tab-Expectations').textContent(), 'Expectations1 does not hold');
  const told = await page.locator('.otherwise').first().textContent();
  assert.match(told, /^expecteddelivered.*butrejected \(no-endpoints\).*selector matches no pod/);
  await page.locator('.cm-lintRange-warning', { hasText: 'the port answers' }).hover();
  assert.match(await page.locator('.cm-tooltip-lint').textContent(), /expected: delivered, but: rejected \(no-endpoints\)/);
  await replace(page, TEXT);
  await settled(page, 'holds', 'holds');
  await page.waitForFunction(() => !document.querySelector('.cm-lintRange-warning'));
});

journey('a claim leads to its line and to its packet', '', async (page) => {
  await replace(page, TEXT);
  await tab(page, 'Expectations');
  await settled(page, 'holds', 'holds');
  await page.getByRole('button', { name: 'Go to line 17: no other does' }).click();
  await page.waitForFunction(() => document.querySelector('.cm-activeLine')?.textContent.includes('no other does'));
  await page.getByRole('button', { name: 'Show packet: no other does' }).click();
  await page.waitForFunction(() => /31001/.test(document.querySelector('.story').textContent));
});

journey('what a packet does becomes a claim, and is undone', '#node-port', async (page) => {
  await page.waitForSelector('.chart-svg .node');
  await tab(page, 'Expectations');
  await settled(page, 'holds', 'holds');
  await page.locator('#expect').click();
  await settled(page, 'holds', 'holds', 'holds');
  assert.match(await kept(page), /kind: Expectation\nspec:\n {2}from: "external"\n {2}to: "node\/worker-1:31000"\n {2}endpoints: \[web\]\n$/);
  await page.locator('#undo').click();
  await settled(page, 'holds', 'holds');
});

journey('a run is tried when it is asked for', '#rolling-update', async (page) => {
  await page.waitForSelector('.chart-svg .node');
  await tab(page, 'Expectations');
  await settled(page, 'untried');
  await page.locator('#try-claims').click();
  await settled(page, 'holds');
});

for (const colorScheme of ['light', 'dark']) {
  for (const [width, height] of [[1440, 900], [390, 844]]) {
    journey(`nothing for axe to find in expectations, ${colorScheme}, ${width} px`, '', async (page) => {
      if (width < 900) await page.getByRole('tab', { name: 'YAML' }).click();
      await replace(page, TEXT.replace('selector: {app: web}', 'selector: {app: wbe}'));
      if (width < 900) await page.getByRole('tab', { name: 'Details' }).click();
      await tab(page, 'Expectations');
      await settled(page, 'fails', 'holds');
      assert.deepEqual(await axe(page), []);
    }, { colorScheme, viewport: { width, height } });
  }
}
