// Editing the text is an update of the cluster that runs.
import assert from 'node:assert/strict';
import { edit, pods, problems, replace } from './page.mjs';
import { journeys } from './journey.mjs';

const journey = journeys();

const bar = (page, text) => page.waitForFunction((t) => document.querySelector('.cluster')?.textContent.startsWith(t), text);
const vips = (page) => page.locator('.proxy text.m').allTextContents();

journey('the cluster IP stays when the type changes', '#node-port', async (page) => {
  await bar(page, 'New cluster');
  const before = await vips(page);
  assert.ok(before.some((vip) => /^10\.\d+\.\d+\.\d+/.test(vip)), before.join());
  await edit(page, 'type: NodePort', 'type: LoadBalancer');
  await bar(page, 'Running cluster, 1 update');
  const ip = before.find((vip) => /^10\./.test(vip)).split(':')[0];
  assert.ok((await vips(page)).some((vip) => vip.startsWith(ip)), (await vips(page)).join());
});

const SERVICE = `apiVersion: v1
kind: Service
metadata: {name: web}
spec:
  clusterIP: 10.96.7.7
  selector: {app: web}
  ports: [{port: 80}]
---
apiVersion: v1
kind: Pod
metadata: {name: web-1, labels: {app: web}}
spec: {containers: [{name: web, image: nginx}]}
`;

journey('what cannot change is refused at its place, and traffic goes on', '#node-port', async (page) => {
  await replace(page, SERVICE);
  await bar(page, 'New cluster');
  await page.waitForFunction(() => document.querySelectorAll('.pod.selected').length === 1);
  await edit(page, 'clusterIP: 10.96.7.7', 'clusterIP: 10.96.7.8');
  await page.waitForSelector('.cm-lintRange-error');
  assert.equal(await page.locator('.cm-lintRange-error').first().textContent(), '10.96.7.8');
  const said = (await problems(page)).map((one) => one.text);
  assert.ok(said.some((text) => text.includes('may not change once set')), said.join('\n'));
  assert.ok(said.some((text) => text.includes('Service default/web goes on as it was before this change')), said.join('\n'));
  assert.ok((await vips(page)).some((vip) => vip.startsWith('10.96.7.7')));
  assert.deepEqual(await pods(page, '.pod.selected'), ['default/web-1']);
  await page.locator('#afresh').click();
  await bar(page, 'New cluster');
  await page.waitForFunction(() => !document.querySelector('.cm-lintRange-error'));
  assert.ok((await vips(page)).some((vip) => vip.startsWith('10.96.7.8')));
});

journey('a half-typed document keeps its chart', '#node-port', async (page) => {
  const before = await pods(page, '.pod.selected');
  assert.equal(before.length, 3);
  await page.locator('.cm-line', { hasText: 'kind: Service' }).first().click();
  await page.keyboard.press('End');
  for (let i = 0; i < 3; i++) await page.keyboard.press('Backspace');
  await page.waitForFunction(() => document.querySelector('.problems')?.textContent.includes('Until this can be read'));
  const said = (await problems(page)).map((one) => one.text);
  assert.ok(said.some((text) => text.includes('Until this can be read, the cluster keeps Service default/web')), said.join('\n'));
  assert.deepEqual(await pods(page, '.pod.selected'), before);
});
