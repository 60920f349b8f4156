// The Rules view: the lines that decided on a packet, the links between rule, hop, chart and YAML, and the mode switch.
import assert from 'node:assert/strict';
import { axe, editor, replace, tab } from './page.mjs';
import { journeys } from './journey.mjs';

const journey = journeys();

/** The lines in the page: text, whether it decided, whether it is picked. */
const lines = (page, selector = '.rules .line') => page.$$eval(selector, (all) => all.map((line) => line.firstChild.textContent));
const picked = (page) => page.$eval('.rules .line[aria-selected="true"]', (line) => line.firstChild.textContent);
const step = (page) => page.locator('#rules-step').textContent();

/** Holds the newest request by clicking its packet on the chart. */
async function clickPacket(page) {
  await page.waitForSelector('g.pkt');
  for (let attempt = 0; attempt < 20; attempt += 1) {
    const box = await page.locator('g.pkt').first().boundingBox();
    if (box) await page.mouse.click(box.x + box.width / 2, box.y + box.height / 2);
    if (await page.locator('.recent[aria-pressed="true"]').count() > 0) return;
    await page.waitForTimeout(120);
  }
  assert.fail('no packet could be clicked');
}

journey('a packet that is clicked has its deciding rules lit, from the address to the endpoint', '#node-port', async (page) => {
  await page.selectOption('#speed', '20');
  await clickPacket(page);
  // From the hop to its rules.
  await page.locator('.to-rules').first().click();
  await page.waitForSelector('.rules .lit');
  const lit = await lines(page, '.rules .lit');
  const all = await step(page);
  assert.match(all, /^Deciding line 1 of \d+$/);
  const count = Number(/\d+$/.exec(all)[0]);
  assert.ok(count >= 6, all);
  // The first is the node port's, and in sight; the keyboard is in the list.
  assert.match(await picked(page), /^-A KUBE-SERVICES .*-j KUBE-NODEPORTS$/);
  assert.ok(await page.locator('.rules .line[aria-selected="true"]').isVisible());
  await page.waitForFunction(() => document.activeElement.id === 'rules-list');
  // By keys through all of them, in the packet's order, and round.
  const seen = [await picked(page)];
  for (let n = 1; n < count; n += 1) {
    await page.keyboard.press('n');
    await page.waitForFunction((n) => document.querySelector('#rules-step').textContent.startsWith(`Deciding line ${n} of`), n + 1);
    seen.push(await picked(page));
  }
  const chains = seen.map((line) => line.split(' ')[1].replace(/-[A-Z0-9]{16}$/, ''));
  const order = ['KUBE-SERVICES', 'KUBE-NODEPORTS', 'KUBE-EXT', 'KUBE-MARK-MASQ', 'KUBE-EXT', 'KUBE-SVC', 'KUBE-SEP', 'KUBE-POSTROUTING', 'KUBE-POSTROUTING'];
  assert.deepEqual(chains, order);
  assert.ok(lit.every((line) => seen.includes(line)), lit.join('\n'));
  // The endpoint's rule rewrites to the pod that the trace says.
  const rewrite = seen.find((line) => line.includes('--to-destination'));
  await page.keyboard.press('n');
  await page.waitForFunction(() => document.querySelector('#rules-step').textContent.startsWith('Deciding line 1 of'));
  await page.keyboard.press('p');
  await page.waitForFunction((n) => document.querySelector('#rules-step').textContent.startsWith(`Deciding line ${n} of`), count);
  await tab(page, 'Trace');
  assert.ok((await page.locator('.trace-main').textContent()).includes(rewrite.split('--to-destination ')[1]));
});

journey('a rule leads to its YAML, its pod, its hop; the YAML to its rules', '#node-port', async (page) => {
  await page.keyboard.press('Space');
  await page.waitForTimeout(100);
  await tab(page, 'Rules');
  await page.waitForSelector('.rules .lit');
  // The endpoint's own line.
  const sep = page.locator('.rules .lit', { hasText: '--to-destination' });
  for (let n = 0; n < 12 && !(await picked(page)).includes('--to-destination'); n += 1) await page.locator('#rules-next').click();
  await sep.click();
  const origin = page.locator('.rules-origin');
  assert.match(await origin.textContent(), /port 80/);
  const pod = (await page.locator('.rules-pod').textContent()).replace('pod ', '');
  await page.locator('.rules-pod').click();
  await page.waitForSelector('.menu');
  assert.ok((await page.locator('.menu').textContent()).includes(pod));
  await page.keyboard.press('Escape');
  // To the YAML: the Service's port is selected.
  await origin.locator('.link.field').click();
  await page.waitForFunction(() => document.activeElement.closest('.cm-editor'));
  assert.match((await page.$$eval('.cm-revealed', (all) => all.map((one) => one.textContent))).join('\n'), /port: 80/);
  // The cursor is in the port: its rules are marked.
  await page.waitForSelector('.rules .own');
  const own = await lines(page, '.rules .own');
  assert.ok(own.length > 3 && own.every((line) => !line.includes('kubernetes:https')), own.join('\n'));
  // To the hop.
  for (let n = 0; n < 12 && !(await picked(page)).includes('--to-destination'); n += 1) await page.locator('#rules-next').click();
  await page.locator('.rules-hop').click();
  await page.waitForSelector('.hop.asked');
  assert.match(await page.locator('.hop.asked').textContent(), /kube-proxy on/);
  await page.waitForFunction(() => /^hop-\d+$/.test(document.activeElement.id));
});

journey('a wrong port on a cluster IP: refusal becomes silence with another mode', '#cluster-ip', async (page) => {
  const to = await page.$$eval('#target optgroup[label="Cluster IP"] option', (all) => all.map((one) => one.value)[0]);
  const wrong = to.replace(/:\d+$/, ':4444');
  await page.evaluate(async (wrong) => {
    const select = document.querySelector('#target');
    select.append(new Option(wrong, wrong));
    select.value = wrong;
    select.dispatchEvent(new Event('change', { bubbles: true }));
  }, wrong);
  await tab(page, 'Rules');
  await page.selectOption('#rules-mode', 'nftables');
  await page.waitForSelector('.compared');
  assert.match(await page.locator('.compared').textContent(), /Silence becomes refusal\./);
  assert.match(await picked(page), /daddr @cluster-ips reject comment "Reject traffic to invalid ports of ClusterIPs"/);
  await page.selectOption('#rules-mode', 'iptables');
  await page.waitForFunction(() => /Refusal becomes silence\./.test(document.querySelector('.compared').textContent));
  const said = await page.locator('.compared').textContent();
  assert.match(said, /nftables\s*refused at once by kube-proxy/);
  assert.match(said, /iptables\s*no answer/);
  assert.match(said, /Rules that decided: 1 before, 0 now/);
  assert.match(said, /writes \d+ lines in place of \d+/);
  assert.match(await step(page), /No rule on .* was about this request/);
  // The same in the trace, which is still this packet's.
  await tab(page, 'Trace');
  assert.match(await page.locator('.trace-main').textContent(), /Refusal becomes silence/);
  assert.match(await page.locator('.trace-main .terminal').first().textContent(), /timed out|28/i);
  assert.ok((await page.locator('.story').textContent()).includes('4444'));
  await page.selectOption('#rules-mode', 'ipvs');
  await page.waitForFunction(() => /Silence becomes refusal\./.test(document.querySelector('.compared').textContent));
  // The mode is in the link.
  await page.waitForFunction(() => location.hash.length > 8);
  await page.waitForTimeout(600);
  await page.reload();
  await page.waitForSelector('#rules-mode');
  assert.equal(await page.$eval('#rules-mode', (select) => select.value), 'ipvs');
});

journey('lines are filtered, narrowed to a Service, and walked by keys', '#node-port', async (page) => {
  await page.keyboard.press('Space');
  await tab(page, 'Rules');
  const count = async () => Number(/^\d+/.exec(await page.locator('.rules-pick [role=status]').textContent())[0]);
  const whole = await count();
  await page.locator('#rules-filter').fill('kube-sep');
  await page.waitForFunction((whole) => parseInt(document.querySelector('.rules-pick [role=status]').textContent, 10) < whole, whole);
  assert.ok((await lines(page)).every((line) => /kube-sep/i.test(line)));
  await page.locator('#rules-filter').fill('');
  await page.locator('#rules-only').check();
  await page.waitForFunction((whole) => parseInt(document.querySelector('.rules-pick [role=status]').textContent, 10) < whole, whole);
  await page.locator('#rules-only').uncheck();
  await page.locator('#rules-list').focus();
  await page.keyboard.press('End');
  await page.waitForFunction(() => document.querySelector('.rules .line[aria-selected="true"]')?.textContent === 'COMMIT');
  await page.keyboard.press('Home');
  await page.waitForFunction(() => document.querySelector('.rules .line[aria-selected="true"]')?.textContent === '*mangle');
  await page.keyboard.press('ArrowDown');
  assert.match(await picked(page), /^:PREROUTING/);
  assert.equal(await page.$eval('#rules-list', (list) => list.getAttribute('aria-activedescendant')), 'rule-1');
});

journey('thousands of Services: only what is in sight is drawn, one Service first', '#example', async (page) => {
  const services = Array.from({ length: 2000 }, (_, n) => `apiVersion: v1\nkind: Service\nmetadata: {name: s${n}}\nspec: {selector: {app: s${n}}, ports: [{port: 80}]}\n---\n`).join('');
  await replace(page, services);
  await page.waitForFunction(() => document.querySelector('[id="svc-default/s0"]') || document.querySelector('.offer'), null, { timeout: 60000 });
  await tab(page, 'Rules');
  await page.waitForFunction(() => /lines, of one Service/.test(document.querySelector('.rules-pick [role=status]')?.textContent ?? ''), null, { timeout: 60000 });
  await page.locator('#rules-only').uncheck();
  await page.waitForFunction(() => parseInt(document.querySelector('.rules-pick [role=status]').textContent, 10) > 2000, null, { timeout: 30000 });
  assert.ok(await page.locator('.rules .line').count() <= 110);
  await page.locator('#rules-list').focus();
  await page.keyboard.press('End');
  await page.waitForFunction(() => [...document.querySelectorAll('.rules .line')].at(-1).textContent === 'COMMIT');
});

for (const colorScheme of ['light', 'dark']) {
  journey(`nothing for axe to find in ${colorScheme}, wide and at 390 px`, '#node-port', async (page) => {
    await page.keyboard.press('Space');
    const tabs = page.locator('.panes button', { hasText: 'Details' });
    if (await tabs.isVisible()) await tabs.click();
    await tab(page, 'Rules');
    await page.selectOption('#rules-mode', 'nftables');
    await page.waitForSelector('.rules .lit');
    assert.deepEqual(await axe(page), []);
    await page.setViewportSize({ width: 390, height: 844 });
    await page.locator('.panes button', { hasText: 'Details' }).click();
    await page.waitForSelector('.rules .lit');
    assert.deepEqual(await axe(page), []);
    assert.ok(await page.evaluate(() => document.documentElement.scrollWidth <= 390));
    assert.ok(await page.locator('.panel').evaluate((panel) => panel.scrollWidth <= panel.clientWidth));
  }, { colorScheme, viewport: { width: 1440, height: 900 } });
}
