// Takes the site's service worker away: what development serves in its place, so that nobody looks at what was built
// yesterday. The next load comes from the server. `cargo xtask build` puts the real one (worker.js) under this name.
addEventListener('install', () => skipWaiting());
addEventListener('activate', (event) => event.waitUntil((async () => {
  await caches.delete(`portolan ${registration.scope}`);
  await registration.unregister();
})()));
