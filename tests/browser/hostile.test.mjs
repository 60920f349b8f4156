// Whatever is pasted or linked: a clear message, the page alive, the text kept, nothing run.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { deflateRawSync } from 'node:zlib';
import { launch, open, url } from './lib.mjs';
import { editor, kept, problems, replace } from './page.mjs';

let browser;
before(async () => { browser = await launch(); });
after(async () => { await browser?.close(); });

const alive = async (page) => {
  await page.locator('#examples-button').click();
  await page.locator(`[data-example="cluster-ip"]`).click();
  await page.waitForFunction(() => document.querySelectorAll('.pod.selected').length === 3);
  assert.ok(await page.locator('#broken').isHidden());
};

const bomb = ['a: &a [x,x,x,x,x,x,x,x,x,x]', ...'bcdefghij'.split('').map((c, i) => `${c}: &${c} [${Array(10).fill(`*${'abcdefghi'[i]}`).join(',')}]`)].join('\n');
const texts = {
  'five megabytes': [`# ${'x'.repeat(78)}\n`.repeat(65536), null],
  'seven megabytes': ['kind: Service\n'.repeat(524288), /MB/],
  'binary junk': [Array.from({ length: 20000 }, (_, i) => String.fromCharCode((i * 7919) % 0xd7ff)).join(''), /./],
  'an alias bomb': [bomb, /alias|expand/i],
  'ten thousand levels': [`${'['.repeat(10000)}${']'.repeat(10000)}`, /deep|nest|level/i],
  'ten thousand levels of blocks': [Array.from({ length: 10000 }, (_, i) => `${' '.repeat(i)}a:`).slice(0, 1500).join('\n'), /deep|nest|level/i],
};
for (const [name, [value, message]] of Object.entries(texts)) {
  test(`pasted: ${name}`, { timeout: 120000 }, async () => {
    const { page, context, complaints } = await open(browser, '#node-port', { viewport: { width: 1440, height: 900 } });
    await editor(page);
    await replace(page, value);
    await page.waitForFunction(() => document.querySelectorAll('.pod.selected').length === 0, null, { timeout: 60000 });
    if (message) {
      await page.waitForSelector('.problems li.error', { timeout: 60000 });
      const said = (await problems(page)).map((p) => p.text).join('\n');
      assert.match(said, message);
    }
    assert.equal((await kept(page)).replace(/\r\n?/g, '\n'), value.replace(/\r\n?/g, '\n'), 'the text is kept');
    await alive(page);
    assert.deepEqual(complaints, []);
    await context.close();
  });
}

const packed = (bytes) => `1.${deflateRawSync(bytes).toString('base64url')}`;
const hashes = {
  garbage: ['#%E0%A4%A1!!not-a-hash', /damaged/],
  'cut off': [`#${packed(Buffer.from('\nkind: Service')).slice(0, -6)}`, /damaged/],
  'of another version': ['#7.AAAA', /version/],
  'a hundred megabytes': [`#${packed(Buffer.alloc(100 << 20, 97))}`, /more than 8 MB/],
};
for (const [name, [hash, message]] of Object.entries(hashes)) {
  test(`linked: ${name}`, async () => {
    const { page, context, complaints } = await open(browser, hash);
    await page.waitForSelector('.notice');
    assert.match(await page.locator('.notice').textContent(), message);
    await editor(page);
    await alive(page);
    assert.deepEqual(complaints, []);
    await context.close();
  });
}

test('markup in every name and label stays text', async () => {
  const evil = '<script>globalThis.ran=1</script><img src=x onerror=globalThis.ran=1>';
  const q = JSON.stringify(evil);
  const yaml = [
    `apiVersion: v1\nkind: Service\nmetadata: {name: ${q}, labels: {a: ${q}}}\nspec: {type: ${q}, selector: {app: ${q}}, ports: [{port: 80, name: ${q}}]}`,
    `apiVersion: v1\nkind: Service\nmetadata: {name: out}\nspec: {type: ExternalName, externalName: ${q}}`,
    `apiVersion: v1\nkind: Service\nmetadata: {name: web, annotations: {x: ${q}}}\nspec: {selector: {app: web}, ports: [{port: 80}]}`,
    `apiVersion: v1\nkind: Pod\nmetadata: {name: web, labels: {app: web}, annotations: {b: ${q}}}\nspec: {containers: [{name: ${q}, image: ${q}}]}`,
    `apiVersion: v1\nkind: Node\nmetadata: {name: ${q}, labels: {topology.kubernetes.io/zone: ${q}}}`,
    `apiVersion: portolan.dev/v1alpha1\nkind: Scenario\nspec: {clients: [{from: ${q}, to: ${q}}]}`,
    `kind: ${q}\nmetadata: {name: ${q}}`,
  ].join('\n---\n');
  const { page, context, complaints } = await open(browser, '', { viewport: { width: 1440, height: 900 } });
  await editor(page);
  await replace(page, yaml);
  await page.waitForSelector('.problems li');
  for (const name of ['Trace', 'Rules', 'Endpoints', 'DNS', 'Traffic', 'Objects', 'Events']) await page.locator(`#tab-${name}`).click();
  const found = await page.evaluate(() => ({ ran: globalThis.ran, scripts: document.querySelectorAll('#app script, #app img').length }));
  assert.deepEqual(found, { ran: undefined, scripts: 0 });
  assert.deepEqual(complaints, []);
  // The same by a link.
  await page.waitForTimeout(700);
  const link = page.url();
  assert.ok(link.startsWith(`${url}#1.`));
  await page.goto('about:blank');
  await page.goto(link);
  await editor(page);
  assert.equal(await page.evaluate(() => globalThis.ran), undefined);
  await context.close();
});
