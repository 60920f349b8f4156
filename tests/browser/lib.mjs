// Shared by the journeys: the browser, and a page that fails a test when it complains.
// `cargo xtask test --browser` builds and serves the site and sets PORTOLAN_URL and CHROME.
import { chromium } from 'playwright-core';

const FLAGS = [
  '--no-sandbox', '--disable-gpu', '--disable-quic', '--disable-dev-shm-usage', '--no-first-run',
  '--disable-background-networking', '--disable-component-update', '--disable-sync',
];

/** Where the site is served; ends with a slash. */
export const url = process.env.PORTOLAN_URL;
if (!url) throw new Error('PORTOLAN_URL is not set: run `cargo xtask test --browser`');

/** Starts the browser; close it in an `after`. */
export function launch() {
  return chromium.launch({ executablePath: process.env.CHROME, headless: true, args: FLAGS });
}

/**
 * Opens a page of the site. `complaints` gathers what must not be there: errors and warnings on the console, exceptions,
 * broken rules of the content security policy, failed requests, and requests to any other host.
 */
export async function open(browser, path = '', options = {}) {
  const context = await browser.newContext(options);
  // What a page keeps for later is the business of offline.test.mjs; the others look at what the server has.
  await context.addInitScript(() => { delete Navigator.prototype.serviceWorker; });
  const page = await context.newPage();
  const complaints = complaintsOf(page);
  // Trunk's start-up script says when the wasm runs; listen before it can.
  await page.addInitScript(() => {
    addEventListener('TrunkApplicationStarted', () => { globalThis.portolanStarted = true; });
    // The page for frames holds the widget, which says it itself.
    addEventListener('ready', () => { globalThis.portolanStarted = true; }, true);
  });
  await page.goto(new URL(path, url).href);
  await page.waitForFunction(() => globalThis.portolanStarted === true);
  return { page, context, complaints };
}

/** Gathers what a page must not do from now on. */
export function complaintsOf(page) {
  const complaints = [];
  page.on('console', (message) => {
    if (['error', 'warning'].includes(message.type())) complaints.push(`${message.type()}: ${message.text()}`);
  });
  page.on('pageerror', (error) => complaints.push(`exception: ${error.message}`));
  page.on('requestfailed', (request) => {
    // What was on its way when its page or frame was left is nobody's fault.
    if (request.failure()?.errorText !== 'net::ERR_ABORTED') complaints.push(`failed: ${request.url()}`);
  });
  page.on('request', (request) => {
    if (!request.url().startsWith(url) && !/^(data|blob):/.test(request.url())) complaints.push(`elsewhere: ${request.url()}`);
  });
  page.on('response', (response) => {
    if (response.status() >= 400) complaints.push(`${response.status()}: ${response.url()}`);
  });
  return complaints;
}
