// Somebody else's page with widgets in it, served with a strict content security policy.
import { url } from './lib.mjs';

export const POLICY = "default-src 'self'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self'";
export const place = new URL('docs/page.html', url).href;

export const MANIFEST = `apiVersion: v1
kind: Service
metadata:
  name: web
spec:
  type: NodePort
  selector:
    app: web
  ports:
    - port: 80
      targetPort: 8080
      nodePort: 31000
---
apiVersion: apps/v1
kind: Deployment
metadata:
  name: web
spec:
  replicas: 3
  selector:
    matchLabels:
      app: web
  template:
    metadata:
      labels:
        app: web
    spec:
      containers:
        - name: web
          image: example/web:1
          ports:
            - containerPort: 8080
`;

export const code = (yaml = MANIFEST) => `<pre><code class="language-yaml">${yaml.replace(/&/g, '&amp;').replace(/</g, '&lt;')}</code></pre>`;

/**
 * Opens a page that holds `body`. `styles` are the page's own; `files` are served beside it. Returns the page, what it
 * complained of, and every request that it made.
 */
export async function host(browser, body, { policy = POLICY, styles = '', files = {}, head = '', ...options } = {}) {
  const context = await browser.newContext({ viewport: { width: 1000, height: 900 }, ...options });
  const page = await context.newPage();
  const complaints = [];
  const requests = [];
  page.on('console', (message) => {
    if (['error', 'warning'].includes(message.type())) complaints.push(`${message.type()}: ${message.text()}`);
  });
  page.on('pageerror', (error) => complaints.push(`exception: ${error.message}`));
  page.on('request', (request) => requests.push(request.url()));
  const html = `<!DOCTYPE html><html lang="en"><head><meta charset="utf-8"><title>Docs</title><meta name="viewport" content="width=device-width">
    <link rel="stylesheet" href="page.css"><script src="../portolan-chart.js" defer></script>${head}</head>
    <body><main><h1>Docs</h1>${body}</main></body></html>`;
  const served = { 'page.html': ['text/html', html], 'page.css': ['text/css', styles], ...files };
  await context.route((at) => at.href.startsWith(new URL('docs/', url).href), (route) => {
    const file = served[new URL(route.request().url()).pathname.split('/').pop()];
    if (!file) return route.fulfill({ status: 404, body: 'not here' });
    return route.fulfill({ contentType: file[0], body: file[1], headers: policy ? { 'Content-Security-Policy': policy } : {} });
  });
  // Events are gathered from the beginning on.
  await page.addInitScript(() => {
    globalThis.heard = [];
    for (const type of ['ready', 'verdict', 'change', 'error']) {
      document.addEventListener(type, (event) => {
        if (event.target.localName === 'portolan-chart') globalThis.heard.push({ type, id: event.target.id, detail: event.detail });
      }, true);
    }
  });
  await page.goto(place);
  return { page, context, complaints, requests };
}

/** Waits for so many widgets that have something to show. */
export async function ready(page, count = 1) {
  await page.waitForFunction((count) => globalThis.heard.filter((one) => one.type === 'ready').length >= count, count);
}

export async function heard(page, type) {
  return page.evaluate((type) => globalThis.heard.filter((one) => one.type === type), type);
}
