// The service worker: the site works without a network after the first visit. ARCHITECTURE.md, "Offline", says how.
// `cargo xtask build` puts the list of the site's files and their contents' hashes before this text. The list makes the
// version: the browser compares this script at each visit, and installs another list beside the one in use.
// One cache for this folder of this origin holds each file under its path and hash, so an update downloads what changed.
// What is not in the list is none of our business and is not touched.
const { files } = self.portolan;
const { scope } = registration;
// Named by the whole address: other installations, and other people's sites, on this origin have their own.
const CACHE = `portolan ${scope}`;
const key = (path) => `${scope}${path}?${files[path]}`;

/** FNV-1a over 64 bits, as crates/xtask/src/page.rs has it. */
function hash(bytes) {
  let [high, low] = [0xcbf29ce4, 0x84222325];
  for (const byte of bytes) {
    low = (low ^ byte) >>> 0;
    // Times 2^40 + 0x1b3; the product is less than 2^41.
    const product = low * 0x1b3;
    high = (Math.imul(high, 0x1b3) + (low << 8) + Math.floor(product / 2 ** 32)) >>> 0;
    low = product >>> 0;
  }
  return [high, low].map((half) => half.toString(16).padStart(8, '0')).join('');
}

/** One file, as this version has it. A host may serve the files of two versions for a while: then it throws. */
async function fetched(path) {
  // The page has just loaded most of them: what the browser still has and is right is not downloaded again.
  for (const cache of ['force-cache', 'reload']) {
    const response = await fetch(scope + path, { cache, credentials: 'same-origin' });
    if (!response.ok) continue;
    const bytes = await response.clone().arrayBuffer();
    if (hash(new Uint8Array(bytes)) !== files[path]) continue;
    // What a host redirected, as index.html to its folder, is refused as the answer to a navigation.
    return response.redirected ? new Response(bytes, { headers: { 'content-type': response.headers.get('content-type') } }) : response;
  }
  throw new Error(`${path} is not what this version of the site has`);
}

/** The file of the site that an address names; a folder's is its index.html. */
function named(address) {
  if (!address.startsWith(scope)) return null;
  const path = address.slice(scope.length);
  return [path, `${path.replace(/([^/])$/, '$1/')}index.html`, `${path}.html`].find((path) => Object.hasOwn(files, path)) ?? null;
}

async function answer(path, event) {
  let cache;
  try {
    cache = await caches.open(CACHE);
    const kept = await cache.match(key(path));
    if (kept) return kept;
  } catch {
    // The browser lets nothing be kept, or has lost it.
  }
  const response = await fetched(path).catch(() => null);
  if (!response) return fetch(event.request);
  if (cache) event.waitUntil(cache.put(key(path), response.clone()).catch(() => {}));
  return response;
}

addEventListener('install', (event) => event.waitUntil((async () => {
  const cache = await caches.open(CACHE);
  await Promise.all(Object.keys(files).map(async (path) => {
    if (!await cache.match(key(path))) await cache.put(key(path), await fetched(path));
  }));
})()));

addEventListener('activate', (event) => event.waitUntil((async () => {
  // A still newer version may be gathering its files; it will clear up.
  if (!registration.installing && !registration.waiting) {
    const cache = await caches.open(CACHE);
    const wanted = new Set(Object.keys(files).map(key));
    const old = (await cache.keys()).filter((request) => !wanted.has(request.url));
    await Promise.all(old.map((request) => cache.delete(request)));
  }
  await clients.claim();
})()));

addEventListener('message', (event) => {
  if (event.data === 'take over') skipWaiting();
});

addEventListener('fetch', (event) => {
  const { method, mode, url } = event.request;
  const [address] = url.split(/[?#]/);
  const path = method === 'GET' ? named(address) : null;
  if (path === null) return;
  // A folder without its slash: relative addresses would lead elsewhere.
  const bare = mode === 'navigate' && path.endsWith('/index.html') && `${address}/index.html` === scope + path;
  event.respondWith(bare ? Response.redirect(`${address}/${new URL(url).search}`) : answer(path, event));
});
