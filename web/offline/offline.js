// Keeps the site for when there is no network (worker.js), and says on the playground when a newer version is ready.
// Where there can be no service worker (http on a network, some private windows, files) there is just none.
const WORKER = new URL('./offline-worker.js', import.meta.url);
const HOUR = 3_600_000;
/** How long the page may take to put its text where a reload finds it, and a worker to take over: in milliseconds. */
const PATIENCE = 10_000;

const app = document.querySelector('#app[data-portolan]');
const wait = (ms) => new Promise((done) => setTimeout(done, ms));
const heard = (target, name) => new Promise((done) => target.addEventListener(name, () => done(true), { once: true }));

async function start() {
  if (document.readyState !== 'complete') await heard(window, 'load');
  // The page first: this can wait.
  await new Promise((done) => (globalThis.requestIdleCallback ? requestIdleCallback(done, { timeout: 5000 }) : setTimeout(done, 1000)));
  // In a frame the page is part of somebody else's.
  if (window.top !== window) return;
  const { serviceWorker: workers } = navigator;
  if (!workers) return;
  const registration = await workers.register(WORKER, { updateViaCache: 'none' });
  // In the guide a newer version comes with the next visit.
  if (app) watch(workers, registration);
  let looked = Date.now();
  document.addEventListener('visibilitychange', () => {
    if (document.hidden || Date.now() - looked < HOUR) return;
    looked = Date.now();
    registration.update().catch(() => {});
  });
}

/** Says it when another version waits. */
function watch(workers, registration) {
  let said = null;
  const look = async () => {
    // Not one that takes over by itself; and what no worker serves is new already.
    await wait(200);
    const { waiting } = registration;
    if (!waiting || !workers.controller || waiting === said) return;
    said = waiting;
    announce(() => takeOver(workers, registration));
  };
  const follow = (worker) => worker?.addEventListener('statechange', look);
  registration.addEventListener('updatefound', () => follow(registration.installing));
  follow(registration.installing);
  look();
}

/** Has the newer version take over and the page show it. Returns whether the text could be kept over that. */
async function takeOver(workers, registration) {
  const kept = heard(window, 'portolan-kept');
  window.dispatchEvent(new Event('portolan-leave'));
  if (!await Promise.race([kept, wait(PATIENCE)])) return false;
  const over = heard(workers, 'controllerchange');
  registration.waiting?.postMessage('take over');
  // Another tab may have done it.
  if (registration.waiting) await Promise.race([over, wait(PATIENCE)]);
  location.reload();
  return true;
}

const button = (text, kind, press) => {
  const made = document.createElement('button');
  Object.assign(made, { type: 'button', className: `text ${kind}`, textContent: text, onclick: press });
  return made;
};

let notice;

/** The notice, over the page: nothing moves for it. */
async function announce(renew) {
  notice?.remove();
  const own = notice = document.createElement('div');
  own.className = 'newer';
  own.setAttribute('role', 'status');
  const words = document.createElement('p');
  const more = document.createElement('span');
  more.textContent = ' Your text will be kept.';
  words.append('A newer version is ready.', more);
  let before = null;
  own.addEventListener('focusin', ({ relatedTarget }) => {
    if (relatedTarget && !own.contains(relatedTarget)) before = relatedTarget;
  });
  const later = () => {
    const focused = own.contains(document.activeElement);
    own.remove();
    if (focused) before?.focus();
  };
  own.addEventListener('keydown', (event) => {
    // The chart has shortcuts, too.
    event.stopPropagation();
    if (event.key === 'Escape') later();
  });
  const reload = button('Reload', 'strong', async () => {
    reload.setAttribute('aria-disabled', 'true');
    if (await renew()) return;
    words.textContent = 'The text could not be kept. Copy it, then reload the page.';
    reload.remove();
  });
  document.body.append(own);
  // A status is read when it changes, not when it appears.
  await wait(100);
  own.append(words, reload, button('Later', '', later));
}

// Without it everything but being offline works.
start().catch(() => {});
