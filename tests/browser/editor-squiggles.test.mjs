// Each error is underlined where it is, with the server's own words first.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { launch } from './lib.mjs';
import { problems } from './page.mjs';
import { cases, squiggles, withText } from './editor.mjs';

let browser;
before(async () => { browser = await launch(); });
after(async () => { await browser?.close(); });

// The text under the squiggle: the key of a field that must not be there or is a block, else the value, else the
// nearest that stands for what is missing.
const UNDER = {
  'add-container': ['name: web', /^Required value$/],
  'add-ports': ['spec', /^Required value$/],
  'affinity-timeout': ['90000', /^Invalid value: 90000: must be greater than 0 and less than 86400$/],
  'another-name': ['http', /^Duplicate value: "http"$/],
  'api-version': ['v1', /^no kind "Deployment" is registered for version "v1" in scheme/],
  'canonical-address': ['203.0.113.7/24', /must not have bits set beyond the prefix length$/],
  'external-name': ['https://www.example.com/shop', /a lowercase RFC 1123 subdomain/],
  'fitting-type': ['30080', /^Forbidden: may not be used when `type` is 'ClusterIP'$/],
  'flatten-selector': ['matchLabels', /^json: cannot unmarshal object into Go struct field ServiceSpec\.spec\.selector of type string$/],
  'free-cluster-ip': ['10.96.0.50', /provided IP is already allocated$/],
  'free-node-port': ['30080', /^Invalid value: 30080: provided port is already allocated$/],
  kind: ['Deploymnt', /^no kind "Deploymnt" is registered/],
  'list-of-one': ['ports', /of type \[\]v1\.ServicePort$/],
  'match-selector': ['labels', /`selector` does not match template `labels`$/],
  'missing-name': ['metadata', /spec\.parentRef\.name: Required value$/],
  quote: ['yes', /of type string$/],
  'remove-duplicate': ['type', /key "type" already set in map$/],
  'rename-field': ['targetport', /^unknown field "spec\.ports\[0\]\.targetport"$/],
  'spaces-for-tabs': ['\t', /^yaml: line \d+: found character that cannot start any token$/],
  'supported-value': ['Nodeport', /supported values: "ClusterIP", "ExternalName", "LoadBalancer", "NodePort"$/],
  'taken-name': ['web', /^services "web" already exists$/],
  'valid-label': ['front end', /^Invalid value: "front end": a valid label must be/],
  'valid-name': ['My_Web', /^Invalid value: "My_Web": a lowercase RFC 1123 label/],
};
for (const [rule, [under, message]] of Object.entries(UNDER)) {
  test(`squiggle: ${rule}`, async () => {
    const { yaml } = cases.find((one) => one.rule === rule);
    const { page, context, complaints } = await withText(browser, yaml);
    const found = await squiggles(page);
    assert.equal(found.at(-1), under, JSON.stringify(found));
    const [first] = (await problems(page)).filter((one) => one.severity === 'error');
    const said = await page.locator('.problems li.error .message').first().textContent();
    assert.match(said, message);
    assert.ok(first.text.startsWith(said), 'the server speaks first');
    assert.deepEqual(complaints, []);
    await context.close();
  });
}
