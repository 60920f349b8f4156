// What people do with the page, from the first click to the shared link.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { url } from './lib.mjs';
import { edit, editor, pods, problems, replace, shares, tab, text } from './page.mjs';
import { journeys } from './journey.mjs';

const journey = journeys();

journey('an edit of the YAML changes the chart', '#node-port', async (page) => {
  assert.equal((await pods(page, '.pod.selected')).length, 3);
  await edit(page, 'replicas: 3', 'replicas: 5');
  await page.waitForFunction(() => document.querySelectorAll('.pod.selected').length === 5);
  await edit(page, 'nodePort: 31000', 'nodePort: 32123');
  await page.waitForFunction(() => [...document.querySelectorAll('.pin text')].filter((t) => t.textContent === '32123').length === 4);
});

journey('an error is underlined where it is, with the server\'s words and one fix for each type', '#notes-service', async (page) => {
  await page.waitForSelector('.cm-lintRange-error');
  const mark = await page.locator('.cm-lintRange-error').first();
  assert.equal(await mark.textContent(), 'ClusterIP,NodePort,LoadBalancer');
  assert.equal(await mark.evaluate((m) => m.closest('.cm-line').textContent.trim()), 'type: ClusterIP,NodePort,LoadBalancer');
  const [first] = await problems(page);
  assert.equal(first.line, 8);
  assert.match(first.text, /Unsupported value: "ClusterIP,NodePort,LoadBalancer": supported values: "ClusterIP", "ExternalName", "LoadBalancer", "NodePort"/);
  assert.equal(first.fixes.length, 3, first.fixes.join());
});

for (const type of ['ClusterIP', 'NodePort', 'LoadBalancer']) {
  journey(`one click makes the notes' Service a ${type}`, '#notes-service', async (page) => {
    await page.locator('.fix', { hasText: type }).first().click();
    await page.waitForFunction(() => !document.querySelector('.problems li.error'));
    assert.match(await text(page), new RegExp(`type: ${type}\\n`));
    await page.waitForSelector('[id="svc-default/nginx"]');
    // A Service alone: pods are offered, and said to be there.
    await page.locator('#demo-pods').click();
    await page.waitForFunction(() => document.querySelectorAll('.pod.selected').length === 3);
    await page.waitForSelector('.offer.on');
    await page.locator('#no-demo-pods').click();
    await page.waitForFunction(() => document.querySelectorAll('.pod.selected').length === 0);
  });
}

journey('packets reach every ready pod, in fair shares', '#ephemeral-pods', async (page) => {
  await page.selectOption('#rate', '100');
  await tab(page, 'Traffic');
  await page.waitForFunction(() => [...document.querySelectorAll('.shares .number:nth-child(3)')].reduce((n, c) => n + Number(c.textContent), 0) > 400, null, { timeout: 30000 });
  const rows = await shares(page);
  assert.deepEqual(rows.map((r) => `default/${r.pod}`).sort(), await pods(page, '.pod.selected'));
  for (const row of rows) assert.ok(row.share > 20 && row.share < 47, JSON.stringify(rows));
  assert.ok(await page.locator('g.pkt').count() > 5, 'packets on the chart');
});

journey('packets move, and stand still while paused', '#node-port', async (page) => {
  await page.waitForSelector('g.pkt');
  const places = () => page.$$eval('g.pkt', (all) => all.map((p) => p.getAttribute('transform')).join());
  const first = await places();
  await page.waitForTimeout(300);
  assert.notEqual(await places(), first);
  await page.keyboard.press('Space');
  await page.waitForTimeout(100);
  const still = await places();
  await page.waitForTimeout(400);
  assert.equal(await places(), still);
  await page.keyboard.press('ArrowRight');
  await page.waitForTimeout(100);
  assert.notEqual(await places(), still);
});

journey('paused, what has arrived is faint, and what is on its way agrees with the numbers', '#node-port', async (page) => {
  await page.selectOption('#rate', '20');
  await page.waitForFunction(() => document.querySelectorAll('g.pkt').length > 8);
  const note = page.locator('.timeline .clock small');
  await page.waitForFunction(() => /packets \d+× slower/.test(document.querySelector('.timeline .clock')?.textContent ?? ''));
  await page.getByRole('tab', { name: 'Traffic' }).click();
  const counts = () => page.evaluate(() => {
    const all = [...document.querySelectorAll('g.pkt')];
    const cell = [...document.querySelectorAll('.drawer *')].find((one) => one.children.length === 0 && one.textContent.trim() === 'on their way');
    return { faint: all.filter((one) => one.classList.contains('over')).length, flying: all.filter((one) => !one.classList.contains('over')).length, told: Number(/\d+/.exec(cell?.parentElement?.textContent ?? '')?.[0]) };
  });
  // The keys are the page's, not the tab's.
  await page.evaluate(() => document.activeElement.blur());
  await page.keyboard.press('Space');
  await page.waitForTimeout(400);
  let now = await counts();
  assert.ok(now.faint > 0, JSON.stringify(now));
  assert.equal(now.flying, now.told);
  assert.equal(await note.textContent(), 'faint: arrived');
  // Step by step, a packet is seen on its way, and where it got to.
  const seen = new Set();
  for (let step = 0; step < 12; step += 1) {
    await page.keyboard.press('ArrowRight');
    await page.waitForTimeout(120);
    now = await counts();
    assert.equal(now.flying, now.told, `step ${step}`);
    seen.add(`${now.flying > 0}`);
  }
  assert.ok(seen.has('true'));
});

journey('a killed pod is replaced under another name, and the traffic follows', '#ephemeral-pods', async (page) => {
  await page.selectOption('#rate', '20');
  const before = await pods(page, '.pod.selected');
  await page.locator(`[id="pod-${before[0]}"]`).click();
  await page.locator('.menu button', { hasText: 'Kill it' }).click();
  await page.waitForFunction((gone) => {
    const now = [...document.querySelectorAll('.pod.ready.selected')].map((p) => p.id.replace('pod-', ''));
    return now.length === 3 && !now.includes(gone);
  }, before[0], { timeout: 20000 });
  const after = await pods(page, '.pod.selected');
  const fresh = after.find((pod) => !before.includes(pod));
  assert.ok(fresh, `${before} then ${after}`);
  await tab(page, 'Traffic');
  await page.waitForFunction((pod) => [...document.querySelectorAll('.shares tbody tr')].some((r) => pod.endsWith(r.children[0].textContent) && Number(r.children[2].textContent) > 0), fresh, { timeout: 20000 });
  await tab(page, 'Events');
  assert.match(await page.locator('.events-view').textContent(), /delet|kill/i);
});

journey('an unready pod gets nothing more; the last one gone, connections are refused', '#scaling', async (page) => {
  for (const pod of await pods(page, '.pod.selected')) {
    await page.locator(`[id="pod-${pod}"]`).click();
    await page.locator('.menu button', { hasText: 'Make it unready' }).click();
  }
  await page.waitForSelector('.still.bad', { timeout: 20000 });
  await page.waitForFunction(() => /reject/.test(document.querySelector('.story').textContent), null, { timeout: 20000 });
  await page.waitForSelector('g.pkt.bad');
  assert.match(await page.locator('.trace-main').textContent(), /Couldn't connect to server/);
});

journey('scaling adds pods', '#scaling', async (page) => {
  await page.locator('.pod.selected').first().click();
  await page.locator('.scale .step', { hasText: '+' }).click();
  await page.waitForFunction(() => document.querySelectorAll('.pod.ready.selected').length === 3, null, { timeout: 20000 });
});

journey('a stopped node is silent', '#node-port', async (page) => {
  await page.locator('[id="node-worker-1"]').click();
  await page.locator('.menu button', { hasText: 'Stop it' }).click();
  await page.waitForSelector('.node.stopped');
  await page.waitForSelector('g.pkt.bad', { timeout: 20000 });
});

journey('a request is held, read, and leads to its line of YAML', '#cluster-ip', async (page) => {
  await page.locator('.recent').first().click();
  await page.waitForSelector('.still.pinned .stop');
  assert.ok(await page.locator('.hops .hop').count() >= 4);
  await page.locator('.hop .link.field').first().click();
  await page.waitForSelector('.cm-revealed');
  await page.keyboard.press('Escape');
});

journey('a name is looked up as the client would', '#headless', async (page) => {
  await tab(page, 'DNS');
  await page.waitForFunction(() => /db\.default\.svc\.cluster\.local/.test(document.querySelector('.dns-answer').textContent));
  await page.fill('#dns-name', 'db-0.db');
  await page.waitForFunction(() => /db-0\.db\.default\.svc\.cluster\.local\. 30 A 10\./.test(document.querySelector('.dns-answer').textContent));
  await page.fill('#dns-name', 'nobody');
  await page.waitForFunction(() => /NXDOMAIN/.test(document.querySelector('.dns-answer').textContent));
});

journey('the endpoints are listed with their conditions and chances', '#cluster-ip', async (page) => {
  await tab(page, 'Endpoints');
  const rows = await page.$$eval('.endpoints-view tbody tr', (all) => all.map((r) => r.textContent));
  assert.equal(rows.length, 3);
  for (const row of rows) assert.match(row, /used.*33\.3 %.*true/);
});

journey('the rules of the deciding node are printed, the deciding line lit', '#node-port', async (page) => {
  await page.waitForSelector('.recent');
  await page.keyboard.press('Space');
  await tab(page, 'Rules');
  assert.equal(await page.locator('#rules-node').inputValue(), 'worker-1');
  assert.match(await page.locator('.rules').textContent(), /-A KUBE-NODEPORTS .*--dport 31000/);
  assert.ok(await page.locator('.rules .lit').count() > 0);
  await page.selectOption('#rules-mode', 'nftables');
  await page.fill('#rules-filter', 'numgen');
  await page.waitForFunction(() => /numgen random mod 3/.test(document.querySelector('.rules').textContent));
});

journey('kubectl port-forward keeps to one pod and breaks with it', '#port-forward-service', async (page) => {
  await page.selectOption('#rate', '5');
  await page.waitForFunction(() => document.querySelectorAll('.recent').length >= 8, null, { timeout: 20000 });
  const to = await page.$$eval('.recent .to', (all) => [...new Set(all.map((t) => t.textContent))]);
  assert.equal(to.length, 1, to.join());
  await page.locator(`[id="pod-default/${to[0]}"]`).click();
  await page.locator('.menu button', { hasText: 'Kill it' }).click();
  await page.waitForFunction(() => /lost connection to pod/.test(document.querySelector('.trace-main').textContent), null, { timeout: 20000 });
});

journey('a link holds everything', '#load-balancer', async (page, context) => {
  await edit(page, 'replicas: 3', 'replicas: 4');
  await page.waitForFunction(() => document.querySelectorAll('.pod.selected').length === 4);
  await page.selectOption('#client', 'node/worker-2');
  await page.selectOption('#rate', '5');
  await tab(page, 'Endpoints');
  const target = await page.locator('#target').inputValue();
  await page.locator('#share').click();
  const link = await page.evaluate(() => navigator.clipboard.readText());
  assert.ok(link.startsWith(url) && link.includes('#1.'), link);
  const other = await context.newPage();
  await other.goto(link);
  await editor(other);
  assert.equal((await pods(other, '.pod.selected')).length, 4);
  assert.equal(await other.locator('#client').inputValue(), 'node/worker-2');
  assert.equal(await other.locator('#target').inputValue(), target);
  assert.equal(await other.locator('#rate').inputValue(), '5');
  assert.equal(await other.locator('[role=tab][aria-selected=true]', { hasText: 'Endpoints' }).count(), 1);
  await other.waitForFunction(() => location.hash.startsWith('#1.'));
}, { permissions: ['clipboard-read', 'clipboard-write'] });

journey('a Service alone is offered pods, and the choice is in the link', '', async (page) => {
  await replace(page, 'apiVersion: v1\nkind: Service\nmetadata: {name: lonely}\nspec:\n  selector: {app: lonely}\n  ports: [{port: 80}]\n');
  await page.locator('#demo-pods').click();
  await page.waitForFunction(() => document.querySelectorAll('.pod.selected').length === 3);
  await page.waitForTimeout(600);
  await page.reload();
  await page.waitForFunction(() => document.querySelectorAll('.pod.selected').length === 3);
});

journey('what was typed a moment ago survives a reload, and a link to elsewhere does not bring it back', '', async (page) => {
  const start = page.url();
  await replace(page, '# typed, then F5\n');
  await page.reload();
  await page.locator('.cm-line', { hasText: '# typed, then F5' }).waitFor();
  await page.locator('.cm-content').press('Control+End');
  await page.keyboard.type('# more');
  await page.goto('about:blank');
  await page.goto(start);
  await page.locator('.cm-line', { hasText: 'apiVersion' }).first().waitFor();
  assert.equal(await page.locator('.cm-line', { hasText: 'F5' }).count(), 0);
});

journey('the keyboard is enough', '#ephemeral-pods', async (page) => {
  const pressed = () => page.locator('#play').getAttribute('aria-pressed');
  assert.equal(await pressed(), 'true');
  await page.locator('body').press('Space');
  assert.equal(await pressed(), 'false');
  await page.keyboard.press('?');
  await page.waitForSelector('#help');
  await page.keyboard.press('Escape');
  assert.equal(await page.locator('#help').count(), 0);
  await page.keyboard.press('/');
  assert.equal(await page.evaluate(() => document.activeElement.id), 'target');
  // One stop for the whole chart; arrows inside it; Enter opens, Escape closes.
  assert.equal(await page.locator('.chart-svg [tabindex="0"]').count(), 1);
  await page.locator('.chart-svg [tabindex="0"]').focus();
  const seen = new Set();
  for (const key of ['ArrowRight', 'ArrowRight', 'ArrowDown', 'ArrowDown', 'ArrowRight', 'ArrowDown']) {
    await page.keyboard.press(key);
    seen.add(await page.evaluate(() => document.activeElement.id));
  }
  assert.ok(seen.size >= 4, [...seen].join());
  await page.keyboard.press('Enter');
  await page.waitForSelector('#menu');
  await page.keyboard.press('Escape');
  assert.equal(await page.locator('#menu').count(), 0);
});

journey('without motion, the way is drawn and numbered', '#node-port', async (page) => {
  await page.waitForSelector('.still.pinned .stop');
  assert.equal(await page.locator('#play').getAttribute('aria-pressed'), 'false');
  await page.locator('#send').click();
  await page.waitForFunction(() => document.querySelectorAll('.recent').length === 1);
  assert.equal(await page.locator('g.pkt').count(), 0);
  assert.ok(await page.locator('.still .stop').count() >= 2);
}, { reducedMotion: 'reduce' });

test('the embedded view stands in another page', async () => {
  const context = await journey.browser().newContext();
  const page = await context.newPage();
  await page.setContent(`<title>docs</title><iframe title="chart" width="800" height="500" src="${new URL('embed.html?autoplay#cluster-ip', url).href}"></iframe>`);
  const frame = page.frameLocator('iframe');
  await frame.locator('.pod.selected').nth(2).waitFor();
  await frame.locator('g.pkt').first().waitFor();
  assert.equal(await frame.locator('.drawer').count(), 0);
  assert.ok(await frame.locator('.brand').getAttribute('href').then((h) => h.includes('#1.')));
  await context.close();
});
