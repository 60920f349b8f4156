// Help in the editor: completion from the manifest itself, what a field does, by pointer and by keys.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { launch } from './lib.mjs';
import { axe, kept, problems } from './page.mjs';
import { cursorAfter, pointAt, suggestions, withText } from './editor.mjs';

let browser;
before(async () => { browser = await launch(); });
after(async () => { await browser?.close(); });

const DEPLOYMENT = `apiVersion: apps/v1
kind: Deployment
metadata:
  name: shop
spec:
  replicas: 2
  selector:
    matchLabels:
      app: shop
  template:
    metadata:
      labels:
        app: shop
        tier: front
    spec:
      containers:
      - name: shop
        image: shop:1
        ports:
        - name: http
          containerPort: 8080
`;
const SERVICE = 'apiVersion: v1\nkind: Service\nmetadata:\n  name: shop\nspec:\n  type: NodePort\n';

const journey = (name, yaml, run, options) => test(name, async () => {
  const { page, context, complaints } = await withText(browser, yaml, options);
  await run(page);
  assert.deepEqual(complaints, []);
  await context.close();
});

journey('a selector is completed with the labels of a Deployment in the same text, by keyboard alone', `${DEPLOYMENT}---\n${SERVICE}`, async (page) => {
  await page.locator('.cm-content').focus();
  await page.keyboard.press('Control+End');
  await page.keyboard.type('  sel', { delay: 30 });
  assert.ok((await suggestions(page, 'selector')).includes('selector'));
  // Not at once: a list that has just come takes no key.
  await page.waitForTimeout(150);
  await page.keyboard.press('Enter');
  await page.waitForFunction(() => /app: shop/.test(document.querySelector('.cm-tooltip-autocomplete')?.textContent ?? ''));
  assert.deepEqual(await suggestions(page, 'app: shop'), ['app: shop', 'tier: front']);
  await page.waitForTimeout(150);
  await page.keyboard.press('Enter');
  await page.keyboard.press('Enter');
  await page.keyboard.press('Backspace');
  await page.keyboard.type('ports:\n- port: 80\ntargetPort: ht', { delay: 30 });
  await page.waitForFunction(() => /http/.test(document.querySelector('.cm-tooltip-autocomplete')?.textContent ?? ''));
  await page.waitForTimeout(150);
  await page.keyboard.press('Enter');
  const text = await kept(page);
  assert.match(text, /  selector:\n    app: shop\n  ports:\n/);
  assert.match(text, /port: 80\n\s+targetPort: http$/);
  await page.waitForFunction(() => document.querySelectorAll('.pod.selected').length === 2 || !document.querySelector('.problems li.error'));
  assert.deepEqual((await problems(page)).filter((one) => one.severity === 'error'), []);
});

journey('an empty text is offered whole documents; the one that is taken is accepted', '', async (page) => {
  await page.locator('.cm-content').focus();
  await page.keyboard.type('NodeP', { delay: 30 });
  assert.equal((await suggestions(page, 'NodePort Service'))[0], 'NodePort Service');
  await page.waitForTimeout(150);
  await page.keyboard.press('Enter');
  await page.waitForSelector('[id="svc-default/web"]');
  assert.deepEqual((await problems(page)).filter((one) => one.severity === 'error'), []);
});

journey('values are offered in a document that is broken elsewhere', `kind: Service\nmetadata: {name: web\nspec:\n  `, async (page) => {
  await page.locator('.cm-content').focus();
  await page.keyboard.press('Control+End');
  await page.keyboard.type('type: ', { delay: 30 });
  assert.deepEqual(await suggestions(page, 'ClusterIP'), ['ClusterIP', 'NodePort', 'LoadBalancer', 'ExternalName']);
  await page.waitForTimeout(150);
  await page.keyboard.press('ArrowDown');
  await page.keyboard.press('Enter');
  assert.match(await kept(page), /type: NodePort$/);
});

const WITH_ALL = `${DEPLOYMENT}---\n${SERVICE}  externalTrafficPolicy: Local\n  internalTrafficPolicy: Local\n  selector:\n    app: shop\n  ports:\n  - port: 80\n    targetPort: http\n`;
const FIELDS = [
  ['replicas: 2', 'replicas', /^spec\.replicas integer/, /How many pods\..*Default1/],
  ['type: NodePort', 'NodePort', /^spec\.type string/, /How the Service is reached.*DefaultClusterIP.*ValuesClusterIP, NodePort/],
  ['externalTrafficPolicy', 'Traffic', /^spec\.externalTrafficPolicy/, /from outside.*DefaultCluster.*SinceKubernetes 1\.7/],
  ['internalTrafficPolicy', 'internal', /^spec\.internalTrafficPolicy/, /own node.*SinceKubernetes 1\.22/],
  ['targetPort: http', 'target', /^spec\.ports\[0\]\.targetPort/, /The port at the pods/],
  ['containerPort: 8080', '8080', /containers\[0\]\.ports\[0\]\.containerPort/, /leaving it out closes nothing/],
];

journey('a field says what it does when the pointer rests on it', WITH_ALL, async (page) => {
  for (const [line, word, head, body] of FIELDS) {
    await pointAt(page, line, word);
    await page.waitForFunction((path) => document.querySelector('.cm-tooltip-hover .cm-help-head')?.textContent.includes(path), head.source.split('\\.').pop().split(' ')[0].replace(/[\\^]/g, ''));
    assert.match(await page.locator('.cm-tooltip-hover .cm-help-head').textContent(), head);
    assert.match(await page.locator('.cm-tooltip-hover .cm-help').textContent(), body);
    await page.mouse.move(900, 500);
    await page.waitForFunction(() => !document.querySelector('.cm-tooltip-hover'));
  }
});

journey('what the server added is told on the field above it', WITH_ALL, async (page) => {
  await page.locator('.cm-line', { hasText: 'targetPort: http' }).scrollIntoViewIfNeeded();
  await pointAt(page, '- port: 80', 'port');
  await page.waitForSelector('.cm-tooltip-hover .cm-help');
  await page.mouse.move(900, 500);
  await page.waitForFunction(() => !document.querySelector('.cm-tooltip-hover'));
  await cursorAfter(page, 'externalTrafficPolicy');
  await page.keyboard.press('F1');
  assert.match(await page.locator('.cm-help-here').textContent(), /spec\.externalTrafficPolicy/);
});

journey('F1 and Ctrl-K Ctrl-I open the help at the cursor, Escape closes it', WITH_ALL, async (page) => {
  for (const press of [['F1'], ['Control+k', 'Control+i']]) {
    await cursorAfter(page, 'internalTrafficPolicy');
    for (const key of press) await page.keyboard.press(key);
    assert.match(await page.locator('.cm-help-here').textContent(), /spec\.internalTrafficPolicy.*own node/);
    // Told to a screen reader too.
    await page.waitForFunction(() => /spec\.internalTrafficPolicy/.test(document.querySelector('.cm-announced')?.textContent ?? ''));
    await page.keyboard.press('Escape');
    assert.equal(await page.locator('.cm-help-here').count(), 0);
    assert.ok(await page.evaluate(() => document.activeElement.classList.contains('cm-content')));
  }
});

journey('Ctrl-. leads to the fixes at the cursor; Enter takes one', 'apiVersion: v1\nkind: Service\nmetadata: {name: web}\nspec:\n  type: nodeport\n  ports: [{port: 80}]\n', async (page) => {
  await page.waitForSelector('.cm-lintRange-error');
  await cursorAfter(page, 'type: node');
  await page.keyboard.press('Control+.');
  await page.waitForFunction(() => document.activeElement?.classList.contains('cm-diagnosticAction'));
  assert.equal(await page.evaluate(() => document.activeElement.textContent), 'Use NodePort');
  await page.keyboard.press('Enter');
  await page.waitForFunction(() => !document.querySelector('.problems li.error'));
  assert.match(await kept(page), /type: NodePort\n/);
});

journey('the list of problems is reached by Tab, leads to the place, and mends it', 'apiVersion: v1\nkind: Service\nmetadata: {name: web}\nspec:\n  ports:\n  - port: 80\n    targetport: 8080\n', async (page) => {
  await page.waitForSelector('.problems li.error');
  await page.locator('.cm-content').focus();
  await page.keyboard.press('Escape');
  const passed = [];
  for (let n = 0; n < 8; n++) {
    await page.keyboard.press('Tab');
    passed.push(await page.evaluate(() => document.activeElement.className));
    if (passed.at(-1).includes('where')) break;
  }
  assert.ok(passed.at(-1).includes('where'), passed.join());
  await page.keyboard.press('Enter');
  await page.waitForSelector('.cm-revealed');
  assert.match(await page.locator('.cm-revealed').first().textContent(), /targetport/);
  await page.locator('.problems .fix', { hasText: 'Write targetPort' }).focus();
  await page.keyboard.press('Enter');
  await page.waitForFunction(() => !document.querySelector('.problems li.error'));
  assert.match(await kept(page), /targetPort: 8080/);
});

for (const colorScheme of ['light', 'dark']) {
  journey(`help, suggestions and problems are accessible, ${colorScheme}`, WITH_ALL.replace('NodePort', 'nodeport'), async (page) => {
    await page.waitForSelector('.problems li.error');
    await cursorAfter(page, 'type: node');
    await page.keyboard.press('F1');
    await page.waitForSelector('.cm-help-here');
    assert.deepEqual(await axe(page), []);
    await page.keyboard.press('Escape');
    await page.keyboard.press('Control+Space');
    await page.waitForSelector('.cm-tooltip-autocomplete');
    assert.deepEqual(await axe(page), []);
  }, { colorScheme });
}
