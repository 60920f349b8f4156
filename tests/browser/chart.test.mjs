// The chart: what it shows of large clusters, zoom and pan, what is looked for, its outline, how failures are told apart.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { axe } from './page.mjs';
import { hash, large } from './chart.mjs';
import { journeys } from './journey.mjs';

const journey = journeys();
const BIG = hash(large());

const view = (page) => page.$eval('.chart-svg', (svg) => svg.getAttribute('viewBox').split(' ').map(Number));
const percent = async (page) => Number((await page.locator('.percent').textContent()).replace(/\D/g, ''));
const settled = (page) => page.waitForTimeout(450);

/** Pairs of texts on the chart that lie over each other. */
function overlaps(page) {
  return page.evaluate(() => {
    const shown = [...document.querySelectorAll('.chart-svg text')].filter((text) => text.textContent.trim() && text.getClientRects().length);
    const boxes = shown.map((text) => ({ text: text.textContent, ...((r) => ({ x: r.x, y: r.y, w: r.width, h: r.height }))(text.getBoundingClientRect()) }));
    const found = [];
    for (let i = 0; i < boxes.length; i += 1) {
      for (let j = i + 1; j < boxes.length; j += 1) {
        const [a, b] = [boxes[i], boxes[j]];
        // A line's box is higher than its letters: a quarter of it, above and below, is empty.
        const over = Math.min(a.x + a.w, b.x + b.w) - Math.max(a.x, b.x) > 1
          && Math.min(a.y + a.h * 0.78, b.y + b.h * 0.78) - Math.max(a.y + a.h * 0.22, b.y + b.h * 0.22) > 0.5;
        if (over) found.push(`${a.text} | ${b.text}`);
      }
    }
    return found;
  });
}

for (const [width, height] of [[1440, 900], [1024, 768], [390, 844]]) {
  journey(`a hundred nodes and five hundred pods at ${width} px: all there, no text over another`, BIG, async (page) => {
    await page.waitForFunction(() => document.querySelectorAll('.node').length === 100);
    assert.deepEqual(await overlaps(page), []);
    const outside = await page.evaluate(() => {
      const all = document.querySelector('.room').getBoundingClientRect();
      return [...document.querySelectorAll('.node .box')].map((box) => box.getBoundingClientRect()).filter((r) => r.right > all.right + 1 || r.left < all.left - 1).length;
    });
    assert.equal(outside, 0);
    // In a small room one reads downwards, and sees all of it by asking.
    if (width < 1400) for (let i = 0; i < 6; i += 1) await page.keyboard.press('-');
    await settled(page);
    const below = await page.evaluate(() => {
      const all = document.querySelector('.room').getBoundingClientRect();
      return [...document.querySelectorAll('.node .box')].filter((box) => box.getBoundingClientRect().bottom > all.bottom + 1).length;
    });
    assert.equal(below, 0, 'all of them in sight');
    assert.equal(await page.locator('.zone').count(), 5);
  }, { viewport: { width, height } });
}

for (const id of ['node-port', 'load-balancer', 'external-name', 'headless', 'components']) {
  for (const [width, height] of [[1440, 900], [390, 844]]) {
    journey(`no text of ${id} lies over another at ${width} px`, `#${id}`, async (page) => {
      await page.waitForSelector('.chart-svg .node');
      await page.keyboard.press('Space');
      assert.deepEqual(await overlaps(page), []);
    }, { viewport: { width, height } });
  }
}

journey('enlarged, a node shows its pods, which can be picked', BIG, async (page) => {
  await page.waitForSelector('.node');
  assert.equal(await page.locator('.pod.pick').count(), 0);
  const at = await page.locator('.node .box').nth(40).boundingBox();
  await page.mouse.move(at.x + at.width / 2, at.y + at.height / 2);
  for (let i = 0; i < 9; i += 1) await page.mouse.wheel(0, -400);
  await page.waitForSelector('.pod.pick');
  assert.deepEqual(await overlaps(page), []);
  assert.equal(await page.locator('.node').count(), 100);
  const seen = await page.evaluate(() => {
    const room = document.querySelector('.room').getBoundingClientRect();
    const middle = (r) => [r.x + r.width / 2, r.y + r.height / 2];
    return [...document.querySelectorAll('.pod.pick')].map((pod) => middle(pod.getBoundingClientRect())).find(([x, y]) => x > room.x && x < room.right && y > room.y && y < room.bottom);
  });
  await page.mouse.click(...seen);
  await page.waitForSelector('#menu');
});

journey('zoom by buttons, keys and wheel; pan by drag and keys; all of it again', '#node-port', async (page) => {
  await page.waitForSelector('.node');
  await settled(page);
  const home = await view(page);
  await page.locator('#zoom-in').click();
  await settled(page);
  assert.equal(await percent(page), 150);
  assert.ok(Math.abs((await view(page))[2] * 1.5 - home[2]) < 2);
  await page.locator('#zoom-out').click();
  await settled(page);
  assert.deepEqual(await view(page), home);
  await page.locator('.chart-svg [tabindex="0"]').focus();
  await page.keyboard.press('+');
  await page.keyboard.press('+');
  await settled(page);
  assert.equal(await percent(page), 225);
  const before = await view(page);
  await page.keyboard.press('Shift+ArrowRight');
  await page.keyboard.press('Shift+ArrowDown');
  await settled(page);
  const panned = await view(page);
  assert.ok(panned[0] > before[0] + 5 && panned[1] > before[1] + 5, `${before} then ${panned}`);
  const room = await page.locator('.room').boundingBox();
  await page.mouse.move(room.x + 300, room.y + 300);
  await page.mouse.down();
  await page.mouse.move(room.x + 400, room.y + 340, { steps: 4 });
  await page.mouse.up();
  const dragged = await view(page);
  assert.ok(dragged[0] < panned[0] - 20, `${panned} then ${dragged}`);
  assert.equal(await page.locator('#menu').count(), 0, 'a drag picks nothing');
  await page.keyboard.press('0');
  await settled(page);
  assert.deepEqual(await view(page), home);
  await page.mouse.wheel(0, -300);
  await settled(page);
  assert.ok(await percent(page) > 130);
  for (let i = 0; i < 30; i += 1) await page.mouse.wheel(0, -600);
  await settled(page);
  assert.ok(await percent(page) <= 400);
  for (let i = 0; i < 40; i += 1) await page.mouse.wheel(0, 600);
  await settled(page);
  assert.deepEqual(await view(page), home);
});

journey('without motion the chart is there at once', '#node-port', async (page) => {
  await page.waitForSelector('.node');
  const home = await view(page);
  await page.locator('#zoom-in').click();
  assert.ok((await view(page))[2] < home[2] * 0.7);
}, { reducedMotion: 'reduce' });

journey('a thumb pans what is enlarged, two fingers enlarge', '#node-port', async (page, context) => {
  await page.waitForSelector('.node');
  const touch = await context.newCDPSession(page);
  const fingers = (type, ...points) => touch.send('Input.dispatchTouchEvent', { type, touchPoints: points.map(([x, y], id) => ({ x, y, id })) });
  const home = await view(page);
  await fingers('touchStart', [150, 420], [240, 420]);
  for (let i = 1; i <= 8; i += 1) await fingers('touchMove', [150 - i * 10, 420], [240 + i * 10, 420]);
  await fingers('touchEnd');
  await settled(page);
  const near = await view(page);
  assert.ok(near[2] < home[2] * 0.7, `${home} then ${near}`);
  await fingers('touchStart', [200, 420]);
  for (let i = 1; i <= 6; i += 1) await fingers('touchMove', [200 - i * 12, 420]);
  await fingers('touchEnd');
  await settled(page);
  assert.ok((await view(page))[0] > near[0] + 10);
}, { viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true });

journey('what is looked for stays, the rest fades, and the count is said', BIG, async (page) => {
  await page.waitForSelector('.node');
  await page.keyboard.press('f');
  await page.keyboard.type('app=cart');
  await page.waitForFunction(() => /25 pods/.test(document.querySelector('.found').textContent));
  assert.equal(await page.locator('.found').getAttribute('role'), 'status');
  assert.equal(await page.locator('.node').count(), 100, 'nothing goes');
  assert.equal(await page.locator('.node:not(.faded)').count(), 25);
  await page.fill('#find', 'node-042');
  await page.waitForFunction(() => document.querySelectorAll('.node:not(.faded)').length === 1);
  await page.fill('#find', 'qqqqqq');
  await page.waitForFunction(() => /nothing found/.test(document.querySelector('.found').textContent));
  await page.keyboard.press('Escape');
  await page.waitForFunction(() => !document.querySelector('.faded'));
  assert.equal(await page.locator('#find').inputValue(), '');
});

journey('the outline says what the chart shows, and opens the same menus', '#load-balancer', async (page) => {
  await page.waitForSelector('.node');
  const pods = await page.$$eval('.pod.pick', (all) => all.map((pod) => pod.id.replace('pod-', '')).sort());
  await page.locator('#outline-button').press('Enter');
  await page.waitForSelector('#outline');
  const listed = await page.$$eval('.outline-pod .link', (all) => all.map((one) => one.textContent).sort());
  assert.deepEqual(listed, pods);
  const text = await page.locator('#outline').innerText();
  for (const words of [/zone-a\s*2 nodes/, /worker-1\s*172\.30\.0\.11, 2\/2 ready/, /Open ports: 32160, 10250/, /ready, 10\.244\.\d+\.\d+, listens on 80\/TCP, of web/, /kube-apiserver\s*:6443/]) assert.match(text, words);
  assert.deepEqual(await axe(page), []);
  await page.locator('.outline-pod .link').first().press('Enter');
  await page.waitForSelector('#menu');
  await page.keyboard.press('Escape');
  await page.locator('#outline-button').press('Enter');
  await page.waitForSelector('.chart-svg .node');
});

journey('a pod killed and replaced moves no other', '#ephemeral-pods', async (page) => {
  await page.waitForFunction(() => document.querySelectorAll('.pod.ready.selected').length === 3);
  const places = () => page.$$eval('.pod.pick', (all) => Object.fromEntries(all.map((pod) => [pod.id, ((r) => `${r.x},${r.y}`)(pod.querySelector('rect').getBoundingClientRect())])));
  const before = await places();
  const gone = await page.locator('.pod.selected').first().getAttribute('id');
  await page.locator('.pod.selected').first().click();
  await page.locator('.menu button', { hasText: 'Kill it' }).click();
  await page.waitForFunction((gone) => !document.getElementById(gone) && document.querySelectorAll('.pod.ready.selected').length === 3, gone, { timeout: 20000 });
  const after = await places();
  for (const [pod, place] of Object.entries(after)) if (before[pod]) assert.equal(place, before[pod], pod);
});

journey('a refused and a dropped packet differ by shape, colour and word', '#external-policy-local', async (page) => {
  await page.waitForSelector('.pkt.stuck.drop', { timeout: 20000 });
  const drop = await page.$eval('.pkt.stuck', (p) => [p.querySelector('.word').textContent, p.querySelector('.fail').getAttribute('d'), getComputedStyle(p.querySelector('.fail')).stroke]);
  assert.equal(drop[0], 'drop');
  await page.goto(new URL('#scaling', page.url()).href);
  await page.waitForFunction(() => document.querySelectorAll('.pod.selected').length > 0 && !document.querySelector('.pkt.stuck.drop'));
  for (const id of await page.$$eval('.pod.selected', (all) => all.map((p) => p.id))) {
    await page.locator(`[id="${id}"]`).click();
    await page.locator('.menu button', { hasText: 'Make it unready' }).click();
  }
  await page.waitForSelector('.pkt.stuck.reject', { timeout: 20000 });
  const reject = await page.$eval('.pkt.stuck.reject', (p) => [p.querySelector('.word').textContent, p.querySelector('.fail').getAttribute('d'), getComputedStyle(p.querySelector('.fail')).stroke]);
  assert.equal(reject[0], 'reject');
  assert.notEqual(reject[1], drop[1]);
  assert.notEqual(reject[2], drop[2]);
});

journey('a connection kept alive is a line that stays', '#node-port', async (page) => {
  await page.locator('.check input').check();
  await page.selectOption('#rate', '5');
  await page.waitForSelector('.kept', { timeout: 15000, state: 'attached' });
  const d = await page.$eval('.kept .outer', (p) => p.getAttribute('d'));
  assert.ok(d.length > 20);
  await page.locator('.check input').uncheck();
  await page.waitForFunction(() => !document.querySelector('.kept'), null, { timeout: 15000 });
});

journey('many packets are flows, as wide as their rate', hash(large({ nodes: 12, pods: 60, services: 6, zones: 3 }), { from: 'external', to: 'lb/web:80', rate: 400 }), async (page) => {
  await page.waitForFunction(() => document.querySelectorAll('.flow').length > 3, null, { timeout: 20000 });
  const widths = await page.$$eval('.flow', (all) => all.map((flow) => Number(flow.getAttribute('stroke-width'))));
  assert.ok(Math.max(...widths) > 2 * Math.min(...widths), widths.join());
  assert.match(await page.$eval('.flow title', (title) => title.textContent), /\d requests a second/);
  assert.ok(await page.locator('g.pkt').count() <= 320);
});

journey('the legend names every shape', '#node-port', async (page) => {
  await page.locator('#legend-button').click();
  const text = await page.locator('#legend').innerText();
  for (const word of ['delivered', 'answer', 'source NAT', 'reject', 'RST', 'drop', 'timeout', 'connection', 'flow', 'Service', 'ready', 'not ready', 'terminating', 'not running']) assert.ok(text.includes(word), word);
  assert.deepEqual(await axe(page), []);
  await page.locator('#legend-button').click();
  assert.equal(await page.locator('#legend').count(), 0);
});

for (const colorScheme of ['light', 'dark']) {
  journey(`axe finds nothing on a hundred nodes, near and far, ${colorScheme}`, BIG, async (page) => {
    await page.waitForSelector('.node');
    await page.keyboard.press('Space');
    assert.deepEqual(await axe(page), []);
    for (let i = 0; i < 6; i += 1) await page.keyboard.press('+');
    await page.waitForSelector('.pod.pick');
    assert.deepEqual(await axe(page), []);
  }, { colorScheme });
}

test('the palette can be told apart by everybody, and read', async () => {
  const context = await journey.browser().newContext();
  const page = await context.newPage();
  const { url } = await import('./lib.mjs');
  for (const theme of ['light', 'dark']) {
    await page.emulateMedia({ colorScheme: theme });
    await page.goto(url);
    const colour = await page.evaluate(() => {
      const probe = document.body.appendChild(document.createElement('i'));
      const names = ['land', 'panel', 'sea', 'ink', 'ink-2', 'ink-3', 'accent', 'ok', 'bad', 'reset', 'drop', 'timeout', 'warn', 'ready', 'snat', 'land-edge'];
      return Object.fromEntries(names.map((name) => {
        probe.setAttribute('class', '');
        probe.style.color = `var(--${name})`;
        return [name, getComputedStyle(probe).color.match(/[\d.]+/g).slice(0, 3).map(Number)];
      }));
    });
    const linear = (c) => c.map((v) => (v / 255 <= 0.04045 ? v / 255 / 12.92 : ((v / 255 + 0.055) / 1.055) ** 2.4));
    const light = (c) => linear(c).reduce((sum, v, i) => sum + v * [0.2126, 0.7152, 0.0722][i], 0);
    const contrast = (a, b) => { const [x, y] = [light(a), light(b)].sort((p, q) => q - p); return (x + 0.05) / (y + 0.05); };
    for (const text of ['ink', 'ink-2', 'ink-3', 'accent', 'ok', 'bad', 'reset', 'drop', 'timeout', 'warn', 'ready', 'snat']) {
      for (const paper of ['land', 'panel', 'sea']) assert.ok(contrast(colour[text], colour[paper]) >= 4.5, `${text} on ${paper}, ${theme}: ${contrast(colour[text], colour[paper])}`);
    }
    await context.clearCookies();
  }
  await context.close();
});
