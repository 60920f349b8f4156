// The page while it runs: a cold load on a slow processor, packets in flight, and memory after simulated minutes.
import { open, url } from '../browser/lib.mjs';
import { editor, replace } from '../browser/page.mjs';
import { line } from './table.mjs';

const VIEW = { viewport: { width: 1440, height: 900 } };

/** Four nodes and three pods behind a Service; requests that go where no pod is, so that each is under way for a second. */
const silence = (rate) => `${web('Local')}---
${scenario(rate, 'node/worker-1:31000')}`;

const web = (policy) => `apiVersion: v1
kind: Service
metadata: {name: web}
spec:
  type: NodePort
  externalTrafficPolicy: ${policy}
  selector: {app: web}
  ports: [{port: 80, nodePort: 31000}]
---
apiVersion: v1
kind: Pod
metadata: {name: web-1, labels: {app: web}}
spec:
  nodeName: worker-2
  containers: [{name: web, image: nginx}]
`;

const scenario = (rate, to) => `apiVersion: portolan.dev/v1alpha1
kind: Scenario
spec:
  clients: [{from: external, to: '${to}', rate: ${rate}}]
`;

/** Loads the page with an empty cache and the processor slowed four times. */
export async function cold(browser) {
  const context = await browser.newContext(VIEW);
  const page = await context.newPage();
  const session = await context.newCDPSession(page);
  await session.send('Emulation.setCPUThrottlingRate', { rate: 4 });
  await page.addInitScript(() => {
    const seen = { chart: 0, shift: 0, tasks: [0] };
    globalThis.portolanLoad = seen;
    new MutationObserver((_, watch) => {
      if (!document.querySelector('.pod')) return;
      watch.disconnect();
      requestAnimationFrame(() => setTimeout(() => { seen.chart = performance.now(); }));
    }).observe(document, { subtree: true, childList: true });
    new PerformanceObserver((list) => { for (const entry of list.getEntries()) if (!entry.hadRecentInput) seen.shift += entry.value; }).observe({ type: 'layout-shift', buffered: true });
    new PerformanceObserver((list) => seen.tasks.push(...list.getEntries().map((entry) => entry.duration))).observe({ type: 'longtask', buffered: true });
  });
  await page.goto(url);
  await page.waitForFunction(() => globalThis.portolanLoad.chart > 0);
  await page.waitForTimeout(3000);
  const { chart, shift, tasks } = await page.evaluate(() => globalThis.portolanLoad);
  console.log(line('page', 'processor slowed 4 times: cold load to first chart', chart, 'ms', 1500));
  console.log(line('page', 'processor slowed 4 times: layout shift', shift, '', 0.02));
  console.log(line('page', 'processor slowed 4 times: longest task', Math.max(...tasks), 'ms', 200));
  await context.close();
}

async function playing(browser, text) {
  const opened = await open(browser, '#node-port', VIEW);
  await opened.page.addInitScript(() => {
    const { instantiateStreaming } = WebAssembly;
    WebAssembly.instantiateStreaming = async (...all) => {
      const made = await instantiateStreaming(...all);
      globalThis.portolanMemory = made.instance.exports.memory;
      return made;
    };
  });
  await opened.page.reload();
  await editor(opened.page);
  await replace(opened.page, text);
  await opened.page.waitForFunction(() => document.querySelector('[id="pod-default/web-1"]'));
  return { ...opened, session: await opened.context.newCDPSession(opened.page) };
}

/** Frames a second, and what scripts and everything else take of one, with so many packets under way. */
export async function flying(browser, packets) {
  const { page, context, session } = await playing(browser, silence(packets));
  await page.waitForTimeout(2500);
  await session.send('Performance.enable');
  const metrics = async () => Object.fromEntries((await session.send('Performance.getMetrics')).metrics.map(({ name, value }) => [name, value]));
  const before = await metrics();
  const times = await page.evaluate(() => new Promise((done) => {
    const times = [];
    const frame = (time) => {
      times.push(time);
      if (time - times[0] < 5000) requestAnimationFrame(frame);
      else done(times);
    };
    requestAnimationFrame(frame);
  }));
  const after = await metrics();
  const frames = times.length - 1;
  const each = (name) => (after[name] - before[name]) * 1000 / frames;
  const budget = packets === 2000;
  console.log(line('page', `${packets.toLocaleString('en')} packets in flight: frames a second (60 wanted)`, frames * 1000 / (times.at(-1) - times[0]), '/s'));
  console.log(line('page', `${packets.toLocaleString('en')} packets in flight: scripts in a frame`, each('ScriptDuration'), 'ms', budget ? 6 : undefined));
  console.log(line('page', `${packets.toLocaleString('en')} packets in flight: all tasks in a frame`, each('TaskDuration'), 'ms'));
  await context.close();
}

/** Memory after two, five and ten simulated minutes at 1,000 requests a second, and what going back in them takes. */
export async function remembering(browser) {
  const { page, context, session } = await playing(browser, `${web('Cluster')}---\n${scenario(1000, 'node/worker-1:31000')}`);
  await page.selectOption('#speed', '0.02');
  const start = performance.now();
  for (const minutes of [2, 5, 10]) {
    await page.waitForFunction((minutes) => Number(/^(\d+) min/.exec(document.querySelector('.clock').textContent)?.[1] ?? 0) >= minutes, minutes, { timeout: 600_000 });
    await session.send('HeapProfiler.collectGarbage');
    const { usedSize } = await session.send('Runtime.getHeapUsage');
    const wasm = await page.evaluate(() => globalThis.portolanMemory.buffer.byteLength);
    console.log(line('page', `${minutes} simulated minutes at 1,000 / s: wasm's memory`, wasm / 1e6, 'MB'));
    console.log(line('page', `${minutes} simulated minutes at 1,000 / s: JavaScript's heap`, usedSize / 1e6, 'MB'));
  }
  console.log(line('page', '10 simulated minutes at 1,000 / s: took', (performance.now() - start) / 1000, 's'));
  await page.keyboard.press('Escape');
  await page.locator('#time').focus();
  for (let times = 0; times < 3; times += 1) {
    const began = performance.now();
    await page.keyboard.press('ArrowLeft');
    await page.evaluate(() => new Promise((done) => { requestAnimationFrame(() => setTimeout(done)); }));
    if (times > 0) console.log(line('page', '10 simulated minutes at 1,000 / s: one step back on the slider', performance.now() - began, 'ms'));
  }
  await context.close();
}
