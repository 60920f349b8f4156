// <portolan-chart>: a live chart of Kubernetes Services in anybody's page. REFERENCE.md, says how it is used;
// portolan-chart.d.ts is its interface. This file is a classic script, so that every documentation tool can name it; it
// begins nothing until an element comes near the reader's view.
import { content } from './content.js';
import { follow } from './theme.js';

/** The files beside this script; `cargo xtask build` fills in their names. */
const FILES = { glue: 'FILE_GLUE', wasm: 'FILE_WASM', style: 'FILE_STYLE', editor: 'FILE_EDITOR', font: 'FILE_FONT' };

const own = document.currentScript ?? [...document.scripts].find((script) => /\/portolan-chart(-\w+)?\.js([?#]|$)/.test(script.src));
const base = new URL('./', own?.src || document.baseURI).href;
const file = (name) => new URL(name, base).href;

/** How far from the reader's view it begins. */
const NEAR = '320px';

/** A failure in a sentence for people. */
class Failure extends Error {}

async function fetched(url, what) {
  const answer = await fetch(url).catch(() => null);
  if (!answer) throw new Failure(`${what} could not be fetched: ${url}. The network failed, or this page's Content-Security-Policy does not allow it (connect-src).`);
  if (!answer.ok) throw new Failure(`${what} is not there: ${url} (${answer.status}).`);
  return answer;
}

let engine;

/** The engine and the style sheet: one of each for all elements of the page. */
function load() {
  engine ??= start().catch((error) => {
    // Another element may try again.
    engine = undefined;
    throw error;
  });
  return engine;
}

async function start() {
  const wasm = fetched(file(FILES.wasm), 'The engine');
  wasm.catch(() => {});
  const [glue, style] = await Promise.all([
    import(file(FILES.glue)).catch((error) => {
      throw new Failure(`The engine's script could not be loaded: ${error.message}`);
    }),
    fetched(file(FILES.style), 'The style sheet').then((answer) => answer.text()),
  ]);
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(style);
  // A family of our own name: font faces belong to the whole page.
  const font = new FontFace('Portolan Sans', `url("${file(FILES.font)}") format("woff2")`, { weight: '200 900', display: 'swap' });
  document.fonts.add(font);
  try {
    await glue.default({ module_or_path: await wasm });
  } catch (error) {
    if (error instanceof Failure) throw error;
    if (/content.security.policy|unsafe-eval|\bCSP\b/i.test(error.message)) {
      throw new Failure("This page's Content-Security-Policy does not allow WebAssembly: its script-src lacks 'wasm-unsafe-eval'.");
    }
    throw new Failure(typeof WebAssembly === 'undefined' ? 'This browser has no WebAssembly.' : `The engine did not start: ${error.message}`);
  }
  glue.setSite(base, file(FILES.editor));
  return { mount: glue.mount, sheet };
}

const frame = new CSSStyleSheet();
frame.replaceSync(`
:host { display: block; flex: 1 1 100%; min-width: 0; margin-block: 1em; }
:host([hidden]) { display: none; }
[hidden] { display: none !important; }
.wait, .failed { all: initial; direction: ltr; display: block; box-sizing: border-box; font: 15px/1.45 system-ui, sans-serif; }
.wait { min-height: 320px; border: 1px solid light-dark(#dcdcd3, #23364d); border-radius: 8px; padding: 14px 16px; color: light-dark(#596878, #93a5b8); background: light-dark(#fdfcf9, #101b2b); }
.failed { margin-top: 6px; padding: 9px 14px; border-left: 4px solid #be2c14; background: light-dark(#fbefe9, #35201b); color: light-dark(#16263a, #f3e9e4); overflow-wrap: anywhere; }
.failed pre { all: unset; display: block; margin: 0 0 8px; font: 13px/1.5 ui-monospace, monospace; white-space: pre; overflow: auto; }
`);

const ATTRIBUTES = ['view', 'src', 'hash', 'example', 'scenario', 'height', 'theme', 'controls', 'readonly', 'from', 'to'];
/** Those that change what is shown from the beginning on. */
const SOURCES = ['src', 'hash', 'example', 'scenario'];
const KEYS = ['keydown', 'keyup', 'keypress'];

class PortolanChart extends HTMLElement {
  static observedAttributes = ATTRIBUTES;

  #shadow = this.attachShadow({ mode: 'open' });
  #slot = document.createElement('slot');
  #wait = document.createElement('div');
  #room = document.createElement('div');
  #failed = document.createElement('div');
  #mounted;
  #given;
  /** The element's own content, as it was read last. */
  #own = null;
  #begun = 0;
  #text = '';
  /** The text as it was before a reader could change it, and what a reader had made of it when it was taken away. */
  #shown = '';
  #kept;
  #observers = [];
  #unfollow;
  #ready = deferred();
  /** Something else is on its way to be shown. */
  #coming = false;

  constructor() {
    super();
    const internals = this.attachInternals?.();
    if (internals) Object.assign(internals, { role: 'group', ariaLabel: 'Kubernetes Services, live' });
    this.#wait.className = 'wait';
    this.#wait.textContent = 'Portolan draws the chart here.';
    this.#room.className = 'portolan';
    this.#failed.className = 'failed';
    this.#failed.setAttribute('role', 'alert');
    this.#failed.hidden = true;
    this.#room.hidden = true;
    this.#shadow.adoptedStyleSheets = [frame];
    this.#shadow.append(this.#slot, this.#wait, this.#room, this.#failed);
    // The page's own shortcuts are not for what is typed in here.
    for (const name of KEYS) {
      this.#shadow.addEventListener(name, (event) => {
        if (!(event.ctrlKey || event.metaKey || event.altKey) || event.defaultPrevented) event.stopPropagation();
      });
    }
  }

  connectedCallback() {
    this.#wait.hidden = content(this) !== null;
    this.#resize();
    this.#unfollow = follow(this, (theme) => {
      this.#room.dataset.theme = theme;
      this.#wait.style.colorScheme = this.#failed.style.colorScheme = theme;
    });
    // A page that is made bit by bit, or made anew, has its text later.
    const text = new MutationObserver(() => this.#contentChanged());
    text.observe(this, { childList: true, characterData: true, subtree: true });
    this.#observers = [text];
    if (this.#mounted) return;
    const near = new IntersectionObserver((entries) => {
      if (!entries.some((entry) => entry.isIntersecting)) return;
      near.disconnect();
      this.#begin();
    }, { rootMargin: NEAR });
    near.observe(this);
    this.#observers.push(near);
  }

  disconnectedCallback() {
    for (const observer of this.#observers) observer.disconnect();
    this.#unfollow?.();
    // Moved to another place, it goes on.
    queueMicrotask(() => {
      if (this.isConnected) return;
      // What a reader changed is there again when it comes back.
      const text = this.yaml;
      if (this.#mounted && text !== this.#shown) this.#kept = text;
      this.#end();
      this.#renew();
    });
  }

  attributeChangedCallback(name, before, after) {
    if (before === after) return;
    if (SOURCES.includes(name)) this.#given = this.#kept = undefined;
    if (!this.isConnected) return;
    if (name === 'height') this.#resize();
    if (name === 'theme') this.#unfollow?.again();
    if (!this.#mounted) {
      // What failed is tried again.
      if (SOURCES.includes(name) && this.#begun) this.#begin();
      return;
    }
    if (SOURCES.includes(name)) this.#begin();
    else if (name === 'from' || name === 'to') this.#try(() => this.#mounted.select(this.getAttribute('from') ?? undefined, this.getAttribute('to') ?? undefined));
    else this.#mounted.set(this.#settings());
  }

  /** Resolves when there is something to see; rejects when there never will be. */
  get ready() { return this.#ready.promise; }

  get yaml() { return this.#mounted?.yaml() ?? this.#given ?? (this.#text || content(this) || ''); }

  set yaml(text) {
    this.#given = this.#text = this.#shown = String(text ?? '');
    this.#kept = undefined;
    if (this.#mounted && !this.#coming) this.#mounted.setYaml(this.#text);
    else if (this.#begun && this.isConnected) this.#begin();
  }

  get hash() { return this.#mounted?.hash() ?? this.getAttribute('hash') ?? ''; }

  async trace(from, to, protocol = 'TCP') {
    const words = [string(from, 'from'), string(to, 'to'), string(protocol, 'protocol')];
    return JSON.parse((await this.#there()).trace(...words));
  }

  async test(expectations) {
    const text = string(expectations, 'expectations');
    return JSON.parse((await this.#there()).test(text));
  }

  play() { this.#later((mounted) => mounted.play(true)); }

  pause() { this.#later((mounted) => mounted.play(false)); }

  seek(ms) { this.#later((mounted) => mounted.seek(Number(ms) || 0)); }

  selectPacket(from, to) {
    const words = [from, to].map((word) => (word == null ? undefined : string(word, 'a packet\'s client and target')));
    this.#later((mounted) => mounted.select(...words));
  }

  /** What is shown, once there is something. */
  async #there() {
    await this.#ready.promise;
    if (!this.#mounted) throw new Failure('There is no chart: the element is not in the page, or its chart has failed.');
    return this.#mounted;
  }

  /** Does it now, or as soon as there is something to see. */
  #later(action) {
    if (this.#mounted && !this.#coming) action(this.#mounted);
    else this.#there().then(action).catch(() => {});
  }

  /** Whoever waits from now on waits for what comes next. */
  #renew() {
    if (this.#ready.settled) this.#ready = deferred();
  }

  #settings() {
    return {
      view: this.getAttribute('view') ?? '',
      controls: this.getAttribute('controls') ?? '',
      readOnly: this.hasAttribute('readonly'),
      fit: !this.hasAttribute('height'),
      timeline: this.hasAttribute('scenario'),
    };
  }

  #resize() {
    const height = this.getAttribute('height')?.trim() ?? '';
    for (const part of [this.#room, this.#wait]) part.style.height = /^\d+(\.\d+)?$/.test(height) ? `${height}px` : height;
    this.style.height = height.endsWith('%') ? height : '';
  }

  /** What to begin with: the YAML, or a link's hash, or an example's name. */
  async #source() {
    const attribute = (name) => this.getAttribute(name) ?? undefined;
    if (this.#kept !== undefined && content(this) === this.#own) return { yaml: this.#kept };
    const extra = attribute('scenario') ? `\n---\n${await (await fetched(new URL(attribute('scenario'), document.baseURI).href, 'The scenario')).text()}` : '';
    this.#own = content(this);
    const written = this.#given ?? this.#own;
    if (this.#given === undefined && attribute('hash')) return { hash: attribute('hash').replace(/^#/, ''), extra };
    if (this.#given === undefined && attribute('src')) {
      const url = new URL(attribute('src'), document.baseURI).href;
      return { yaml: (await (await fetched(url, 'The YAML')).text()) + extra };
    }
    if (this.#given === undefined && attribute('example')) return { example: attribute('example'), extra };
    if (written !== null) return { yaml: written + extra };
    return { example: 'node-port' };
  }

  async #begin() {
    const turn = ++this.#begun;
    this.#renew();
    this.#coming = true;
    try {
      const text = this.#source();
      const [{ mount, sheet }, source] = await Promise.all([load(), text.then((source) => {
        // Readable, whatever becomes of the engine.
        this.#text = source.yaml ?? '';
        return source;
      })]);
      if (turn !== this.#begun || !this.isConnected) return;
      this.#end();
      this.#begun = turn;
      this.#coming = false;
      this.#shadow.adoptedStyleSheets = [frame, sheet];
      this.#failed.hidden = true;
      this.#show(true);
      const options = {
        ...this.#settings(), ...source, from: this.getAttribute('from') ?? undefined, to: this.getAttribute('to') ?? undefined,
        play: this.hasAttribute('autoplay') || this.hasAttribute('scenario'),
      };
      this.#mounted = mount(this.#room, options, (kind, detail) => this.#hear(kind, detail));
    } catch (error) {
      if (turn === this.#begun) this.#fail(error);
    }
  }

  #show(on) {
    this.#slot.hidden = on;
    this.#wait.hidden = on || content(this) !== null;
    this.#room.hidden = !on;
  }

  #end() {
    this.#begun++;
    this.#mounted?.destroy();
    this.#mounted = undefined;
    this.#show(false);
  }

  #contentChanged() {
    if (!this.#mounted || SOURCES.slice(0, 3).some((name) => this.hasAttribute(name))) return;
    const text = content(this);
    if (text !== null && text !== this.#own) {
      this.#own = this.#text = this.#shown = text;
      this.#mounted.setYaml(text);
    }
  }

  #hear(kind, detail) {
    // Later: a listener may ask back, and the engine is in the middle of something.
    queueMicrotask(() => {
      if (kind === 'broken') {
        this.#mounted = undefined;
        this.#begun++;
        this.#fail(new Failure('Something broke: this is a fault of Portolan, not of the YAML. Reload the page.'));
        return;
      }
      if (kind === 'ready') {
        this.#shown = this.yaml;
        this.#ready.resolve();
      }
      this.dispatchEvent(new CustomEvent(kind, { detail: detail ?? undefined }));
    });
  }

  /** The YAML stays readable, and the reason is said. */
  #fail(error) {
    const message = error.message || String(error);
    if (!(error instanceof Failure)) console.error(error);
    this.#coming = false;
    this.#mounted?.destroy();
    this.#mounted = undefined;
    this.#show(false);
    this.#wait.hidden = true;
    const pre = document.createElement('pre');
    pre.textContent = this.#text;
    const readable = this.querySelector('pre, code') !== null || !this.#text;
    this.#failed.replaceChildren(...(readable ? [] : [pre]), `No chart here: ${message}`);
    this.#failed.hidden = false;
    this.#ready.reject(error);
    this.dispatchEvent(new CustomEvent('error', { detail: { message } }));
  }

  #try(action) {
    try {
      action();
    } catch (error) {
      this.dispatchEvent(new CustomEvent('error', { detail: { message: error.message } }));
    }
  }
}

function string(value, what) {
  if (typeof value !== 'string') throw new TypeError(`${what} must be a string`);
  return value;
}

function deferred() {
  const made = { settled: false };
  const settles = (settle) => (value) => {
    made.settled = true;
    settle(value);
  };
  made.promise = new Promise((resolve, reject) => Object.assign(made, { resolve: settles(resolve), reject: settles(reject) }));
  // Nobody has to listen.
  made.promise.catch(() => {});
  return made;
}

// Named twice in a page, the first one counts.
if (!customElements.get('portolan-chart')) customElements.define('portolan-chart', PortolanChart);
