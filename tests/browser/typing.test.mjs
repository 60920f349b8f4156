// Typing into a large text: the latest state is the one that is read, and no key is lost. How quick that is, the benches say.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { launch, open } from './lib.mjs';
import { editor, problems, replace } from './page.mjs';

let browser;
before(async () => { browser = await launch(); });
after(async () => { await browser?.close(); });

const service = (i) => `apiVersion: v1
kind: Service
metadata:
  name: web-${i}
  labels:
    app: web-${i}
spec:
  selector:
    app: web-${i}
  ports:
    - name: http
      port: 80
      targetPort: 8080
---
`;
const deployment = (i) => `apiVersion: apps/v1
kind: Deployment
metadata:
  name: web-${i}
spec:
  replicas: 2
  selector:
    matchLabels:
      app: web-${i}
  template:
    metadata:
      labels:
        app: web-${i}
    spec:
      containers:
        - name: web
          image: nginx
---
`;

const texts = [
  ['5,000 lines', Array.from({ length: 160 }, (_, i) => service(i) + deployment(i)).join('')],
  ['10,000 Services', Array.from({ length: 10_000 }, (_, i) => service(i)).join('')],
];

for (const [what, text] of texts) {
  test(`the latest of many keys in ${what} is the one that is read`, async () => {
    const { page, context, complaints } = await open(browser, '', { viewport: { width: 1440, height: 900 } });
    await editor(page);
    await replace(page, text);
    await page.waitForSelector('[id^="svc-default/web-"]', { timeout: 60_000 });
    await page.keyboard.press('Control+Home');
    await page.locator('.cm-line', { hasText: 'name: web-0' }).first().click();
    await page.keyboard.press('End');
    await page.keyboard.type('abcdefghijklmnopqrst_', { delay: 40 });
    // A name that is none: the server's word for the last state of the text.
    await page.waitForFunction(() => [...document.querySelectorAll('.problems li.error')].some((li) => li.textContent.includes('web-0abcdefghijklmnopqrst_')), null, { timeout: 60_000 });
    assert.equal((await problems(page)).filter((one) => one.severity === 'error').length, 1);
    assert.deepEqual(complaints, []);
    await context.close();
  });
}
