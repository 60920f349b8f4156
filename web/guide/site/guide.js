// The guide's charts and tasks: claims are judged by the engine as the reader types, what is solved is remembered.
const SOLVED = 'portolan-guide';
const THEME = 'portolan-theme';
/** How long a text rests before it is judged, in milliseconds. */
const REST = 150;

const storage = (() => {
  try {
    return window.localStorage;
  } catch {
    return null;
  }
})();

const theme = storage?.getItem(THEME);
if (theme === 'light' || theme === 'dark') document.documentElement.dataset.theme = theme;

/** The chapters whose task this reader has solved. */
function solved() {
  try {
    const found = JSON.parse(storage?.getItem(SOLVED) ?? '[]');
    return Array.isArray(found) ? found.filter((slug) => typeof slug === 'string') : [];
  } catch {
    return [];
  }
}

function solve(slug) {
  const all = solved();
  if (all.includes(slug)) return;
  try {
    storage?.setItem(SOLVED, JSON.stringify([...all, slug]));
  } catch {
    // A full or forbidden store: it is not remembered.
  }
  mark();
}

/** Shows in the lists what is solved. */
function mark() {
  const all = solved();
  for (const item of document.querySelectorAll('[data-chapter]')) {
    if (!all.includes(item.dataset.chapter) || item.classList.contains('solved')) continue;
    item.classList.add('solved');
    const word = document.createElement('span');
    word.className = 'hidden';
    word.textContent = ' (solved)';
    item.querySelector('a').append(word);
  }
  const done = document.querySelector('[data-done]');
  const count = document.querySelectorAll('.list .solved').length;
  if (done && count) {
    done.hidden = false;
    done.textContent = `${count} of ${document.querySelectorAll('.list > li').length} solved, as this browser remembers it.`;
  }
}

/** Why a claim does not hold, in a line. */
const reason = ({ failures: [first] }) => (first ? `Expected ${first.expected}; but ${first.found}.${first.why ? ` ${first.why}` : ''}` : '');

class Live {
  constructor(root) {
    this.root = root;
    this.chart = root.querySelector('portolan-chart');
    this.claims = JSON.parse(root.querySelector('[data-claims]').textContent);
    this.rows = [...root.querySelectorAll('.claims li')];
    this.said = root.querySelector('[data-said]');
    this.task = root.dataset.task;
    root.querySelector('.acts').hidden = false;
    this.chart.addEventListener('ready', () => this.judge());
    this.chart.addEventListener('change', () => this.soon());
    // Broken YAML is no change of what holds, but it is what the reader sees.
    this.chart.addEventListener('error', () => this.soon());
    root.querySelector('[data-open]').addEventListener('click', (event) => {
      event.currentTarget.href = `../index.html#${this.chart.hash}`;
    });
    root.querySelector('[data-yaml]')?.addEventListener('click', ({ currentTarget }) => this.edit(currentTarget));
    root.querySelector('[data-again]')?.addEventListener('click', () => {
      this.chart.yaml = this.chart.querySelector('code').textContent;
      this.soon();
    });
  }

  edit(button) {
    const on = button.getAttribute('aria-pressed') !== 'true';
    button.setAttribute('aria-pressed', String(on));
    button.textContent = on ? 'Hide the YAML' : 'Change the YAML';
    this.before ??= { view: this.chart.getAttribute('view'), height: this.chart.getAttribute('height') };
    const set = (name, value) => (value === null ? this.chart.removeAttribute(name) : this.chart.setAttribute(name, value));
    set('view', on ? 'both' : this.before.view);
    set('height', on ? '560' : this.before.height);
  }

  soon() {
    clearTimeout(this.later);
    this.later = setTimeout(() => this.judge(), REST);
  }

  async judge() {
    const turn = this.turn = (this.turn ?? 0) + 1;
    let results;
    try {
      const report = await this.chart.test(this.claims);
      results = report.results.filter(({ file }) => file === 'expectations');
    } catch {
      // YAML that cannot be read: the editor says where.
      results = null;
    }
    if (turn !== this.turn) return;
    this.rows.forEach((row, at) => this.show(row, results?.[at]));
    const held = results?.filter(({ holds }) => holds).length ?? 0;
    this.say(held, this.rows.length, results !== null);
    if (this.task && held === this.rows.length) solve(this.task);
  }

  show(row, result) {
    row.dataset.state = !result ? 'open' : result.holds ? 'holds' : 'fails';
    row.querySelector('.word').textContent = !result ? '' : result.holds ? ': holds' : ': does not hold';
    row.querySelector('.why')?.remove();
    if (!result || result.holds) return;
    const why = document.createElement('span');
    why.className = 'why';
    why.textContent = reason(result);
    row.querySelector('.claim').append(why);
  }

  say(held, all, read) {
    const done = held === all;
    let text;
    if (!read) text = 'The YAML cannot be read: nothing was tried.';
    else if (this.task) text = done ? 'All of it holds: mended.' : `${held} of ${all} hold. Mended, when all of this does:`;
    else text = done ? 'Said of this cluster, and true:' : `${held} of ${all} are true of what you made of it:`;
    // The same words again are no news.
    if (this.said.textContent !== text) this.said.textContent = text;
    this.root.classList.toggle('mended', Boolean(this.task) && done);
  }
}

mark();
for (const root of document.querySelectorAll('[data-live]')) new Live(root);

// On a narrow screen the list of chapters is closed, until somebody opens it.
const contents = document.querySelector('.contents details');
if (contents) {
  const wide = matchMedia('(min-width: 1100px)');
  const fold = () => { contents.open = wide.matches; };
  fold();
  wide.addEventListener('change', fold);
}
