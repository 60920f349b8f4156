// embed.html: the element in a frame of its own, for pages that can have a frame and no script. The query's parameters are
// the element's attributes, the hash is a share link's. With `origin=` the page around is spoken with; REFERENCE.md,
// has the messages. Nothing is heard from anybody else, and nothing is said to anybody else.
const VERSION = 1;
const ATTRIBUTES = ['view', 'src', 'example', 'scenario', 'height', 'theme', 'controls', 'autoplay', 'readonly', 'from', 'to'];

const query = new URLSearchParams(location.search);
const chart = document.createElement('portolan-chart');
for (const name of ATTRIBUTES) {
  const value = query.get(name);
  if (value !== null && value !== 'false') chart.setAttribute(name, value);
}
// It fills the frame, unless the page around wants to know how high it would like to be.
if (query.get('height') === 'auto') chart.removeAttribute('height');
else if (!query.has('height')) chart.setAttribute('height', '100%');
document.documentElement.dataset.fit = String(query.get('height') === 'auto');

const setHash = () => {
  if (location.hash.length > 1) chart.setAttribute('hash', location.hash.slice(1));
  else chart.removeAttribute('hash');
};
setHash();
addEventListener('hashchange', setHash);

/** The one origin that may speak: an origin as browsers write it, and nothing else. */
function allowed() {
  try {
    const { origin } = new URL(query.get('origin'));
    return origin === query.get('origin') ? origin : null;
  } catch {
    return null;
  }
}

const origin = allowed();
const say = (type, members) => {
  if (origin && parent !== window) parent.postMessage({ portolan: VERSION, type, ...members }, origin);
};

const COMMANDS = {
  yaml: ({ yaml }) => { if (typeof yaml === 'string') chart.yaml = yaml; },
  get: ({ id }) => say('yaml', { id, yaml: chart.yaml, hash: chart.hash }),
  trace: async ({ id, from, to, protocol }) => say('trace', { id, trace: await chart.trace(String(from), String(to), protocol) }),
  play: () => chart.play(),
  pause: () => chart.pause(),
  seek: ({ ms }) => chart.seek(Number(ms) || 0),
  select: ({ from, to }) => chart.selectPacket(from && String(from), to && String(to)),
  set: ({ attributes }) => {
    for (const [name, value] of Object.entries(attributes ?? {})) {
      if (!['view', 'theme', 'controls', 'readonly'].includes(name)) continue;
      if (value === null || value === false) chart.removeAttribute(name);
      else chart.setAttribute(name, value === true ? '' : String(value));
    }
  },
};

addEventListener('message', async ({ data, origin: from, source }) => {
  if (!origin || from !== origin || source !== parent || data?.portolan !== VERSION || !Object.hasOwn(COMMANDS, data.type)) return;
  try {
    await COMMANDS[data.type](data);
  } catch (error) {
    say('error', { id: data.id, message: error.message });
  }
});

chart.addEventListener('ready', () => say('ready'));
for (const type of ['change', 'error']) chart.addEventListener(type, ({ detail }) => say(type, detail));
chart.addEventListener('verdict', ({ detail }) => say('verdict', { trace: detail }));
new ResizeObserver(() => say('height', { height: Math.ceil(chart.getBoundingClientRect().height) })).observe(chart);
document.body.append(chart);
