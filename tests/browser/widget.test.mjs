// The element <portolan-chart> in somebody else's page, under a strict content security policy.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { launch, url } from './lib.mjs';
import { axe } from './page.mjs';
import { MANIFEST, code, heard, host, place, ready } from './widget.mjs';

let browser;
before(async () => { browser = await launch(); });
after(async () => { await browser?.close(); });

const names = (requests) => requests.filter((at) => !at.includes('/docs/')).map((at) => at.split('/').pop());
const kinds = (requests, pattern) => names(requests).filter((name) => pattern.test(name));
const call = (page, id, body, arg) => page.evaluate(([id, body, arg]) => new Function('el', 'arg', `return ${body}`)(document.getElementById(id), arg), [id, body, arg]);

/** A test with a page of widgets; nothing may be complained of. */
function widget(name, body, check, options = {}) {
  test(name, async () => {
    const it = await host(browser, body, options);
    try {
      if (options.count !== 0) await ready(it.page, options.count ?? 1);
      await check(it);
      if (!options.complains) assert.deepEqual(it.complaints, []);
    } finally {
      await it.context.close();
    }
  });
}

widget('a manifest in a page becomes a chart that traces', `<portolan-chart id="a">${code()}</portolan-chart>`, async ({ page, requests }) => {
  await page.locator('.pod.selected').nth(2).waitFor();
  assert.equal(await page.locator('pre').isVisible(), false);
  const [{ detail }] = await heard(page, 'verdict');
  assert.equal(detail.verdict, 'delivered');
  assert.equal(detail.endpoints.length, 3);
  assert.ok(detail.hops.length >= 4);
  // The editor is for those who see the YAML.
  assert.deepEqual(kinds(requests, /^editor-/), []);
  assert.ok(await page.locator('.credit a').getAttribute('href').then((href) => href.startsWith(`${url}#1.`)));
});

widget('three in a page have one engine, and a cluster each', `<portolan-chart id="a">${code()}</portolan-chart>
  <portolan-chart id="b" example="headless" view="trace"></portolan-chart><portolan-chart id="c" example="cluster-ip"></portolan-chart>`, async ({ page, requests }) => {
  const engine = /\.wasm$|^portolan-web|^widget-|\.woff2$|^portolan-chart/;
  assert.deepEqual(kinds(requests, engine).sort(), [...new Set(kinds(requests, engine))].sort());
  assert.equal(kinds(requests, /\.wasm$/).length, 1);
  assert.equal(await page.locator('#a .pod.selected').count(), 3);
  await page.locator('#c #play').click();
  await page.locator('#c g.pkt').first().waitFor();
  assert.equal(await page.locator('#a g.pkt').count(), 0);
  assert.equal(await page.locator('#a #play').getAttribute('aria-pressed'), 'false');
}, { count: 3, viewport: { width: 1000, height: 2600 } });

widget('keys work in the widget that has the focus, and are not the page\'s', `<button id="own">own</button><portolan-chart id="a">${code()}</portolan-chart><portolan-chart id="b">${code()}</portolan-chart>`, async ({ page }) => {
  await page.evaluate(() => {
    globalThis.keys = [];
    document.addEventListener('keydown', (event) => globalThis.keys.push(event.key));
  });
  await page.locator('#own').focus();
  await page.keyboard.press('s');
  await page.keyboard.press('?');
  await page.locator('#b #play').focus();
  await page.keyboard.press('/');
  await page.waitForFunction(() => document.getElementById('b').shadowRoot.activeElement?.id === 'target');
  await page.locator('#b #send').focus();
  await page.keyboard.press('Space');
  await page.keyboard.press('Space');
  await page.waitForFunction(() => document.getElementById('b').shadowRoot.getElementById('play').getAttribute('aria-pressed') === 'true');
  assert.equal(await page.locator('#a #play').getAttribute('aria-pressed'), 'false');
  assert.deepEqual(await page.evaluate(() => globalThis.keys), ['s', '?']);
}, { count: 2, viewport: { width: 1000, height: 1900 } });

widget('two editors are two texts', `<portolan-chart id="a" view="both">${code()}</portolan-chart><portolan-chart id="b" view="yaml">${code()}</portolan-chart>`, async ({ page, requests }) => {
  await page.locator('#a .cm-content').waitFor();
  await page.locator('#b .cm-content').waitFor();
  assert.equal(kinds(requests, /^editor-/).length, 1);
  await page.locator('#a .cm-line', { hasText: 'replicas: 3' }).click();
  await page.keyboard.press('End');
  await page.keyboard.press('Backspace');
  await page.keyboard.type('5');
  await page.locator('#a .pod.selected').nth(4).waitFor();
  assert.ok((await call(page, 'a', 'el.yaml')).includes('replicas: 5'));
  assert.ok((await call(page, 'b', 'el.yaml')).includes('replicas: 3'));
  const changes = await heard(page, 'change');
  assert.deepEqual(changes.map((one) => one.id).filter((id) => id !== 'a'), []);
  assert.ok(changes.at(-1).detail.yaml.includes('replicas: 5'));
}, { count: 2, viewport: { width: 1200, height: 1900 } });

/** Each element of the widget with the styles that pages like to set for everything. */
const styles = (page) => page.evaluate(() => {
  const all = [...document.querySelector('portolan-chart').shadowRoot.querySelectorAll('.portolan, .portolan *')];
  const wanted = ['color', 'letter-spacing', 'font-size', 'font-family', 'line-height', 'text-transform', 'display', 'width', 'height', 'margin', 'padding', 'border', 'background-color', 'box-sizing', 'visibility', 'text-align', 'direction', 'cursor', 'white-space'];
  return all.map((one) => {
    const style = getComputedStyle(one);
    return `${one.localName}.${one.getAttribute('class') ?? ''}: ${wanted.map((name) => style.getPropertyValue(name)).join('; ')}`;
  });
});
const outside = (page) => page.evaluate(() => ['html', 'body', 'main', 'h1', '#own', '#svg', '#field'].map((one) => {
  const style = getComputedStyle(document.querySelector(one));
  return [...style].filter((name) => !/size|height|width|origin|inset|^(top|left|right|bottom)/.test(name)).map((name) => `${name}:${style.getPropertyValue(name)}`).join(';');
}));
const HOSTILE = `svg{width:50%} button{all:unset} *{letter-spacing:3px;line-height:3;text-transform:uppercase} html{font-size:31px;color:red;cursor:wait;text-align:right;direction:rtl;white-space:pre}
  .app,.room,.toolbar{display:none} h1,p,ul,dl,table,select{margin:40px;padding:40px;border:9px solid red} :root{--ink:red;--paper:red;--sans:cursive;--px:9;--split:90%} [role]{visibility:hidden} portolan-chart{visibility:visible;margin:0;line-height:3}`;

test('the page\'s styles do not reach the widget, nor the widget\'s the page', async () => {
  const body = `<div style="height:1200px"></div><button id="own">own</button><svg id="svg" width="40" height="40"></svg><input id="field"><div id="box"><portolan-chart id="a">${code()}</portolan-chart></div>`;
  const policy = null;
  const box = '#box{width:700px;direction:ltr} body{margin:0}';
  const calm = await host(browser, body, { policy, styles: `${box} portolan-chart{margin:0}` });
  const wild = await host(browser, body, { policy, styles: `${HOSTILE} ${box}` });
  const untouched = await outside(wild.page);
  for (const { page } of [calm, wild]) {
    await page.locator('#a').scrollIntoViewIfNeeded();
    await ready(page);
    await page.evaluate(() => document.fonts.ready);
    await page.waitForTimeout(500);
  }
  const [one, other] = [await styles(calm.page), await styles(wild.page)];
  assert.ok(one.length > 200);
  assert.equal(other.length, one.length);
  assert.deepEqual(other.filter((line, at) => line !== one[at]).slice(0, 3), []);
  assert.deepEqual(await outside(wild.page), untouched);
  const globals = await wild.page.evaluate(() => [document.title, location.hash, localStorage.length, document.body.className, document.documentElement.attributes.length, document.head.querySelectorAll('style').length]);
  assert.deepEqual(globals, ['Docs', '', 0, '', 1, 0]);
  await calm.context.close();
  await wild.context.close();
});

widget('nothing is loaded until the reader comes near', `<div id="space" style="height: 4000px"></div><portolan-chart id="a">${code()}</portolan-chart>`, async ({ page, requests }) => {
  await page.waitForTimeout(600);
  assert.deepEqual(names(requests), ['portolan-chart.js']);
  await page.evaluate(() => scrollTo(0, 3300));
  await ready(page);
  await page.locator('.pod.selected').nth(2).waitFor();
  assert.equal(kinds(requests, /\.wasm$/).length, 1);
}, { count: 0, policy: null });

widget('it is as high as its content, or as it is told', `<portolan-chart id="a">${code()}</portolan-chart><portolan-chart id="b" height="400">${code()}</portolan-chart>`, async ({ page }) => {
  const height = (id) => page.locator(`#${id}`).evaluate((el) => el.getBoundingClientRect().height);
  const tall = await height('a');
  assert.ok(tall > 450 && tall < 760, String(tall));
  assert.equal(await height('b'), 400);
  await call(page, 'a', "el.setAttribute('view', 'trace')");
  await page.locator('#a .hop').first().waitFor();
  assert.ok(await height('a') < tall);
  await call(page, 'a', "el.setAttribute('height', '333')");
  assert.equal(await height('a'), 333);
}, { count: 2, viewport: { width: 1000, height: 1900 } });

widget('its theme is the page\'s', `<portolan-chart id="a">${code()}</portolan-chart><portolan-chart id="b" theme="dark" view="trace">${code()}</portolan-chart>`, async ({ page }) => {
  const theme = (id) => page.evaluate((id) => document.getElementById(id).shadowRoot.querySelector('.portolan').dataset.theme, id);
  const paper = () => page.evaluate(() => getComputedStyle(document.getElementById('a').shadowRoot.querySelector('.toolbar')).backgroundColor);
  assert.deepEqual([await theme('a'), await theme('b')], ['light', 'dark']);
  const light = await paper();
  const becomes = (change, to) => page.evaluate(change).then(() => page.waitForFunction((to) => document.getElementById('a').shadowRoot.querySelector('.portolan').dataset.theme === to, to));
  await becomes(() => { document.documentElement.dataset.theme = 'dark'; }, 'dark');
  assert.notEqual(await paper(), light);
  await becomes(() => { document.documentElement.dataset.theme = 'light'; }, 'light');
  await becomes(() => { delete document.documentElement.dataset.theme; document.documentElement.style.colorScheme = 'dark'; }, 'dark');
  await becomes(() => { document.documentElement.style.colorScheme = 'light dark'; }, 'light');
  await page.emulateMedia({ colorScheme: 'dark' });
  await becomes(() => {}, 'dark');
  await becomes(() => { document.body.style.background = '#fafafa'; }, 'light');
  assert.equal(await theme('b'), 'dark');
}, { count: 2, viewport: { width: 1000, height: 1600 } });

for (const [name, policy, body, says] of [
  ['without WebAssembly in the policy', "default-src 'self'; script-src 'self'; style-src 'self'", `<portolan-chart id="a">${code()}</portolan-chart>`, /does not allow WebAssembly/],
  ['with a source that is not there', undefined, '<portolan-chart id="a" src="gone.yaml"></portolan-chart>', /gone\.yaml \(404\)/],
  ['with a damaged link', undefined, `<portolan-chart id="a" hash="1.zzzz">${code()}</portolan-chart>`, /link is damaged/],
  ['with an example that there is not', undefined, `<portolan-chart id="a" example="nonsense">${code()}</portolan-chart>`, /no example "nonsense"; there are node-port/],
]) {
  widget(`${name} the YAML stays readable and the reason is said`, body, async ({ page }) => {
    await page.waitForFunction(() => globalThis.heard.some((one) => one.type === 'error'));
    const [{ detail }] = await heard(page, 'error');
    assert.match(detail.message, says);
    assert.match(await page.locator('#a [role=alert]').textContent(), says);
    if (body.includes('<pre>')) assert.ok(await page.locator('#a > pre').isVisible());
    assert.match(await call(page, 'a', 'el.ready.then(() => "", (error) => error.message)').catch(String), says);
  }, { count: 0, complains: true, ...(policy && { policy }) });
}

widget('a fault of the YAML is an event with its line', `<portolan-chart id="a">${code(MANIFEST.replace('port: 80\n', 'port: 800000\n'))}</portolan-chart>`, async ({ page }) => {
  await page.waitForFunction(() => globalThis.heard.some((one) => one.type === 'error'));
  const [{ detail }] = await heard(page, 'error');
  assert.equal(detail.line, 10);
  assert.equal(detail.field, 'spec.ports[0].port');
  assert.match(await page.locator('#a .story').textContent(), /Line 10: .*between 1 and 65535/);
});

widget('it can be driven', `<portolan-chart id="a" from="pod/client" to="web:80">${code(`${MANIFEST}---\napiVersion: v1\nkind: Pod\nmetadata:\n  name: client\nspec:\n  containers:\n    - name: c\n      image: c\n`)}</portolan-chart>`, async ({ page }) => {
  assert.equal(await page.locator('#a #target').inputValue(), 'web:80');
  const trace = await call(page, 'a', "el.trace('external', 'node/worker-1:31000')");
  assert.equal(trace.verdict, 'delivered');
  assert.equal((await call(page, 'a', "el.trace('external', 'node/worker-1:31999')")).verdict, 'passed');
  assert.match(await call(page, 'a', "el.trace('nobody at all', 'web:80').catch((error) => error.message)"), /nobody/);
  await call(page, 'a', "el.selectPacket('external', 'node/worker-2:31000')");
  await page.waitForFunction(() => globalThis.heard.filter((one) => one.type === 'verdict').some((one) => JSON.stringify(one.detail.hops).includes('172.30.0.12')));
  await call(page, 'a', 'el.play()');
  await page.locator('#a g.pkt').first().waitFor();
  await call(page, 'a', 'el.pause()');
  await page.waitForFunction(() => document.getElementById('a').shadowRoot.getElementById('play').getAttribute('aria-pressed') === 'false');
  await call(page, 'a', "el.setAttribute('controls', 'full')");
  await call(page, 'a', 'el.seek(4000)');
  await page.locator('#a .clock', { hasText: '4.0 s' }).waitFor();
  await call(page, 'a', 'el.yaml = arg', MANIFEST.replace('replicas: 3', 'replicas: 1'));
  await page.waitForFunction(() => document.getElementById('a').shadowRoot.querySelectorAll('.pod.selected').length === 1);
  assert.ok((await call(page, 'a', 'el.yaml')).includes('replicas: 1'));
  assert.deepEqual(await heard(page, 'change'), []);
  assert.match(await call(page, 'a', 'el.hash'), /^1\./);
});

widget('what is done by hand is a change, and read-only is none', `<portolan-chart id="a">${code()}</portolan-chart><portolan-chart id="b" readonly>${code()}</portolan-chart>
  <portolan-chart id="c" readonly view="yaml">${code(MANIFEST.replace('nodePort: 31000', 'nodePort: 80'))}</portolan-chart>`, async ({ page }) => {
  await page.locator('#a .pod').first().click();
  await page.locator('#a .menu .scale button', { hasText: '+' }).click();
  await page.waitForFunction(() => globalThis.heard.some((one) => one.type === 'change'));
  assert.ok((await heard(page, 'change'))[0].detail.yaml.includes('replicas: 4'));
  await page.locator('#b .pod').first().click();
  await page.locator('#b .menu').waitFor();
  assert.equal(await page.locator('#b .menu .danger, #b .menu .scale').count(), 0);
  await page.locator('#c .problems .what').first().waitFor();
  assert.equal(await page.locator('#c .fix:visible, #c .offer:visible').count(), 0);
}, { count: 3, viewport: { width: 1000, height: 2400 } });

widget('the YAML may be a script, a file, lines with breaks, and a scenario apart, also beside a link', `
  <portolan-chart id="a"><script type="text/yaml">${MANIFEST.replace(/^/gm, '    ')}</script></portolan-chart>
  <portolan-chart id="b" src="web.yaml" scenario="run.yaml"></portolan-chart>
  <portolan-chart id="d" hash="notes-node-port" scenario="run.yaml"></portolan-chart>
  <portolan-chart id="c"><pre><code>${MANIFEST.trim().split('\n').map((line) => `<span>${line}</span><br>`).join('')}</code></pre></portolan-chart>`, async ({ page }) => {
  for (const id of ['a', 'b', 'c']) await page.locator(`#${id} .pod.selected`).nth(2).waitFor();
  for (const id of ['a', 'c']) assert.equal(await call(page, id, 'el.yaml'), MANIFEST);
  for (const id of ['b', 'd']) {
    assert.ok((await call(page, id, 'el.yaml')).includes('kind: Scenario'), id);
    // It runs, with its line of time.
    await page.locator(`#${id} .timeline`).waitFor();
    await page.locator(`#${id} g.pkt`).first().waitFor();
  }
}, {
  count: 4, viewport: { width: 1000, height: 3400 },
  files: {
    'web.yaml': ['text/yaml', MANIFEST],
    'run.yaml': ['text/yaml', 'apiVersion: portolan.dev/v1alpha1\nkind: Scenario\nspec:\n  duration: 5s\n  clients:\n    - {from: external, to: "node/worker-1:31000", rate: 5}\n'],
  },
});

widget('what is asked before there is a chart waits for it, and whatever is asked is answered', `<portolan-chart id="a">${code()}</portolan-chart>`, async ({ page }) => {
  await call(page, 'a', 'el.pause(), el.seek(2000), el.selectPacket("external", "node/worker-2:31000")');
  await ready(page, 1);
  await page.waitForFunction(() => /worker-2/.test(document.getElementById('a').shadowRoot.textContent));
  for (const wrong of ['el.trace()', 'el.trace("external", 5)', 'el.test()', 'el.test({})']) {
    assert.match(await call(page, 'a', `${wrong}.then(() => 'nothing', (error) => error.message)`), /must be a string/, wrong);
  }
  // A time beyond the line is its end; the page goes on.
  for (const far of ['1e12', 'Infinity', 'NaN', '-5', '"x"', 'undefined']) await call(page, 'a', `el.seek(${far})`);
  assert.equal(await call(page, 'a', 'el.trace("external", "node/worker-1:31000").then((trace) => trace.verdict)'), 'delivered');
  await call(page, 'a', 'el.yaml = null');
  assert.equal(await call(page, 'a', 'el.yaml'), '');
}, { count: 1 });

widget('what a reader changed is there again when the element is, and no chart is asked that is not there', `<portolan-chart id="a" view="both">${code()}</portolan-chart>`, async ({ page }) => {
  await ready(page, 1);
  await page.locator('#a .cm-content').click();
  await page.keyboard.press('Control+End');
  await page.keyboard.type('# mine');
  await page.waitForFunction(() => document.getElementById('a').yaml.endsWith('# mine'));
  const gone = await page.evaluate(async () => {
    const chart = document.getElementById('a');
    chart.remove();
    await new Promise((done) => setTimeout(done, 50));
    const asked = Promise.race([chart.trace('external', 'node/worker-1:31000').then((trace) => trace.verdict), new Promise((done) => setTimeout(done, 200, 'waits'))]);
    const early = await asked;
    document.body.append(chart);
    return [early, (await chart.trace('external', 'node/worker-1:31000')).verdict, chart.yaml.endsWith('# mine')];
  });
  assert.deepEqual(gone, ['waits', 'delivered', true]);
}, { count: 1 });

widget('taken away while it still works, nothing calls it any more', `<portolan-chart id="a" view="both">${code()}</portolan-chart>`, async ({ page, context }) => {
  await ready(page, 1);
  const slow = await context.newCDPSession(page);
  await slow.send('Emulation.setCPUThrottlingRate', { rate: 8 });
  await page.locator('#a .cm-content').click();
  for (let round = 0; round < 3; round += 1) {
    await page.keyboard.type('# mine');
    await page.evaluate(async () => {
      const chart = document.getElementById('a');
      chart.remove();
      await new Promise((done) => setTimeout(done, 50));
      document.body.append(chart);
    });
    await page.locator('#a .cm-content').click();
  }
}, { count: 1 });

widget('moved, it goes on; taken away and put back, it begins anew', `<div id="x"></div><portolan-chart id="a">${code()}</portolan-chart>`, async ({ page }) => {
  await call(page, 'a', 'el.selectPacket(undefined, "worker-2:31000")').catch(() => {});
  await page.evaluate(() => document.getElementById('x').append(document.getElementById('a')));
  await page.waitForTimeout(100);
  assert.equal((await heard(page, 'ready')).length, 1);
  // And follows its content.
  await page.locator('#a > pre code').evaluate((code) => { code.textContent = code.textContent.replace('replicas: 3', 'replicas: 2'); });
  await page.waitForFunction(() => document.getElementById('a').shadowRoot.querySelectorAll('.pod.selected').length === 2);
  await page.evaluate(async () => {
    const chart = document.getElementById('a');
    chart.remove();
    await new Promise((done) => setTimeout(done, 50));
    document.body.append(chart);
  });
  await ready(page, 2);
  await page.locator('.pod.selected').nth(1).waitFor();
});

test('without scripts it is code', async () => {
  const context = await browser.newContext({ javaScriptEnabled: false });
  const page = await context.newPage();
  await context.route(place, (route) => route.fulfill({ contentType: 'text/html', body: `<script src="../portolan-chart.js" defer></script><portolan-chart>${code()}</portolan-chart>` }));
  await page.goto(place);
  assert.ok(await page.locator('pre').isVisible());
  assert.equal(await page.locator('pre').textContent(), MANIFEST);
  await context.close();
});

for (const [view, colorScheme] of [['both', 'light'], ['chart', 'dark'], ['trace', 'light'], ['yaml', 'dark']]) {
  widget(`axe finds nothing in the ${view} view, ${colorScheme}, and a phone has room for it`, `<h2>One</h2><portolan-chart view="${view}" controls="full">${code()}</portolan-chart>`, async ({ page }) => {
    if (view === 'both' || view === 'yaml') await page.locator('.cm-content').waitFor({ state: 'attached' });
    await page.waitForTimeout(500);
    assert.deepEqual(await axe(page), []);
    assert.ok(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth));
  }, { viewport: { width: 390, height: 844 }, colorScheme, policy: null, styles: ':root{color-scheme:light dark}' });
}
