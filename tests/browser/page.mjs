// What the journeys do with the page: its editor, its pods, its problems.
import { readFile } from 'node:fs/promises';

/** Waits for the real editor. */
export async function editor(page) {
  await page.waitForSelector('.cm-content');
}

/** The lines of the editor that are drawn. */
export async function text(page) {
  return page.$$eval('.cm-line', (lines) => lines.map((line) => line.textContent).join('\n'));
}

/** The editor's whole text, as copying everything gives it. */
export async function kept(page) {
  await page.locator('.cm-content').focus();
  await page.keyboard.press('Control+a');
  return page.evaluate(() => {
    const data = new DataTransfer();
    document.querySelector('.cm-content').dispatchEvent(new ClipboardEvent('copy', { clipboardData: data, bubbles: true, cancelable: true }));
    return data.getData('text/plain');
  });
}

/** Puts `value` in place of the editor's text, as a paste does. */
export async function replace(page, value) {
  await page.locator('.cm-content').focus();
  await page.keyboard.press('Control+a');
  await page.evaluate((value) => {
    const data = new DataTransfer();
    data.setData('text/plain', value);
    document.querySelector('.cm-content').dispatchEvent(new ClipboardEvent('paste', { clipboardData: data, bubbles: true, cancelable: true }));
  }, value);
}

/** Replaces a piece of the text by another through the editor's own search, so that the rest stays untouched. */
export async function edit(page, from, to) {
  const line = page.locator('.cm-line', { hasText: from }).first();
  await line.click();
  await page.keyboard.press('Home');
  await page.keyboard.press('Shift+End');
  const now = await line.textContent();
  await page.keyboard.insertText(now.replace(from, to).trimStart());
}

/** The names of the pods on the chart, from their ids. */
export async function pods(page, selector = '.pod') {
  return page.$$eval(selector, (all) => all.map((pod) => pod.id.replace(/^pod-/, '')).sort());
}

/** Opens a tab of the drawer. */
export async function tab(page, name) {
  await page.locator(`#tab-${name}`).click();
}

/** The rows of the Traffic view: pod, connections, share, whether it lies in the band that chance allows. */
export async function shares(page) {
  return page.$$eval('.shares tbody tr', (rows) => rows.map((row) => {
    const cells = [...row.querySelectorAll('td')].map((cell) => cell.textContent.trim());
    return { pod: cells[0], connections: Number(cells[2]), share: parseFloat(cells[3]), fair: !row.querySelector('.unfair') };
  }));
}

/** The problems listed under the editor. */
export async function problems(page) {
  return page.$$eval('.problems > ul > li', (all) => all.map((item) => ({
    severity: item.className,
    line: Number(/\d+/.exec(item.querySelector('.where')?.textContent ?? '')?.[0]),
    text: item.querySelector('.what')?.textContent ?? '',
    fixes: [...item.querySelectorAll('.fix')].map((fix) => fix.textContent),
  })));
}

/** What axe finds wrong, in short. */
export async function axe(page) {
  const source = await readFile(new URL('../node_modules/axe-core/axe.min.js', import.meta.url), 'utf8');
  await page.evaluate(source);
  return page.evaluate(async () => {
    const { violations } = await globalThis.axe.run(document, { runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'] });
    return violations.map((v) => `${v.id}: ${v.nodes.slice(0, 3).map((n) => `${n.target} ${n.failureSummary.split('\n')[1] ?? ''}`).join(' | ')}`);
  });
}

export const EXAMPLES = [
  'node-port', 'ephemeral-pods', 'scaling', 'rolling-update', 'rolling-update-drained', 'session-affinity', 'cluster-ip', 'cluster-ip-outside', 'node-port-dynamic', 'load-balancer',
  'load-balancer-pending', 'external-name', 'headless', 'selectorless', 'external-policy-local', 'port-forward-pod', 'port-forward-deployment',
  'port-forward-service', 'components', 'notes-service', 'notes-node-port', 'notes-external', 'retry-storm', 'zone-cut-off', 'crash-loop',
];
