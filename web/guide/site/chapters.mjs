// Reads the guide's chapters: Markdown with two directives of our own, and the manifests that they show.
//
// `{{chart NAME.yaml ATTRIBUTES}}` is a live chart, `{{task ATTRIBUTES}}` the broken manifest at a chapter's end; each
// stands in a paragraph of its own. Attributes are those of <portolan-chart>. Manifests lie in a folder named like the
// chapter; `kind: Expectation` documents in them are the claims that the engine checks, in the page and in the tests.
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { diffLines } from 'diff';
import { marked } from 'marked';
import { parseAllDocuments } from 'yaml';

/** The attributes that a directive may have, and whether they take a value. */
const ATTRIBUTES = { from: true, to: true, view: true, height: true, controls: true, autoplay: false, scenario: false };

/** What is wrong with a chapter, at its place. */
export class Fault extends Error {
  constructor(file, line, message) {
    super(`${file}:${line}: ${message}`);
  }
}

/** Splits a manifest into what is shown and its claims: `{ shown, claims, names }`. */
export function split(text, place = 'manifest') {
  const parts = text.split(/^---[ \t]*\n/m);
  const [shown, claims, names] = [[], [], []];
  for (const part of parts) {
    const [document] = parseAllDocuments(part);
    const value = document?.errors.length ? null : document?.toJS();
    if (value?.kind !== 'Expectation') {
      if (part.trim()) shown.push(part);
      continue;
    }
    claims.push(part);
    for (const claim of value.spec?.cases ?? [value.spec]) {
      if (!claim?.name) throw new Fault(place, 1, 'a claim has no name');
      if (names.includes(claim.name)) throw new Fault(place, 1, `two claims are called "${claim.name}"`);
      names.push(claim.name);
    }
  }
  return { shown: shown.join('---\n'), claims: claims.join('---\n'), names };
}

/** The lines of a task's text and of its solution: `{ sign: ' ' | '-' | '+', text }`. */
export function differences(before, after) {
  return diffLines(before, after).flatMap(({ added, removed, value }) =>
    value.replace(/\n$/, '').split('\n').map((text) => ({ sign: added ? '+' : removed ? '-' : ' ', text })));
}

/** Reads the attributes of a directive. */
function attributes(text, fault) {
  const found = {};
  const rest = text.replace(/([a-z]+)(?:="([^"]*)")?(?=\s|$)/g, (_, name, value) => {
    if (!(name in ATTRIBUTES)) fault(`<portolan-chart> has no attribute ${name} for a guide; there are ${Object.keys(ATTRIBUTES).join(', ')}`);
    if (ATTRIBUTES[name] !== (value !== undefined)) fault(`${name} ${ATTRIBUTES[name] ? 'needs' : 'takes no'} value`);
    found[name] = value ?? '';
    return '';
  });
  if (rest.trim()) fault(`not understood: ${rest.trim()}`);
  return found;
}

/** Reads one chapter: `{ slug, title, summary, parts }`, where a part is `{ html }`, `{ chart }` or `{ task }`. */
export function chapter(folder, file) {
  const text = readFileSync(join(folder, file), 'utf8').replace(/\r\n/g, '\n');
  const slug = file.replace(/\.md$/, '');
  const lineOf = (part) => text.slice(0, Math.max(0, text.indexOf(part))).split('\n').length;
  const manifest = (name, line) => {
    const path = join(slug, name);
    if (!existsSync(join(folder, path))) throw new Fault(file, line, `there is no ${path}`);
    return split(readFileSync(join(folder, path), 'utf8'), path);
  };
  const [heading, summary, ...rest] = marked.lexer(text).filter((token) => token.type !== 'space');
  if (heading?.type !== 'heading' || heading.depth !== 1) throw new Fault(file, 1, 'a chapter begins with # and its title');
  if (summary?.type !== 'paragraph') throw new Fault(file, 2, 'a paragraph that sums the chapter up follows its title');
  const parts = [];
  let prose = [];
  const flush = () => {
    if (prose.length) parts.push({ html: marked.parser(prose, { renderer: renderer(folder, file, lineOf) }) });
    prose = [];
  };
  for (const token of rest) {
    const directive = token.type === 'paragraph' && /^\{\{(.*)\}\}$/s.exec(token.text.trim());
    if (!directive) {
      prose.push(token);
      continue;
    }
    const line = lineOf(token.raw);
    const fault = (message) => { throw new Fault(file, line, message); };
    const [, kind, name = '', more = ''] = /^(chart|task)(?:\s+([\w.-]+\.ya?ml))?(?:\s+(.*))?$/s.exec(directive[1].trim()) ?? fault(`no directive: ${token.text}`);
    flush();
    if (kind === 'chart') {
      if (!name) fault('chart needs the name of a manifest');
      const found = manifest(name, line);
      if (!found.names.length) fault(`${name} claims nothing`);
      parts.push({ chart: { name, ...found, attributes: attributes(more, fault) } });
    } else {
      if (name) fault('task has no manifest but task.yaml');
      const [task, solved] = [manifest('task.yaml', line), manifest('solved.yaml', line)];
      if (task.names.length || !solved.names.length) fault('the claims are in solved.yaml, not in task.yaml');
      parts.push({ task: { ...solved, shown: task.shown, lines: differences(task.shown, solved.shown), attributes: attributes(more, fault) } });
    }
  }
  flush();
  const tasks = parts.filter((part) => part.task).length;
  if (tasks !== 1) throw new Fault(file, 1, `a chapter has one {{task}}, not ${tasks}`);
  const plain = (token) => marked.parseInline(token.text).replace(/<[^>]*>/g, '');
  return { slug, title: plain(heading), summary: plain(summary), parts };
}

/** Prose to markup: links between chapters lead to pages, raw markup is refused, code keeps its empty lines. */
function renderer(folder, file, lineOf) {
  const made = new marked.Renderer();
  const { link, table } = made;
  made.link = function (token) {
    let { href } = token;
    const [, target, anchor = ''] = /^([^#]*)(#.*)?$/.exec(href);
    if (/^\d\d-[\w-]+\.md$/.test(target)) {
      if (!existsSync(join(folder, target))) throw new Fault(file, lineOf(token.raw), `there is no chapter ${target}`);
      href = target.replace(/md$/, 'html') + anchor;
    } else if (!/^(https:\/\/|\.\.\/|#)/.test(href)) {
      throw new Fault(file, lineOf(token.raw), `a link leads nowhere: ${href}`);
    }
    return link.call(this, { ...token, href });
  };
  made.html = ({ raw }) => { throw new Fault(file, lineOf(raw), 'no markup in a chapter'); };
  // A wide one scrolls by itself, with the keyboard, too.
  made.table = function (token) {
    return `<div class="scroll" role="region" aria-label="Table" tabindex="0">${table.call(this, token)}</div>\n`;
  };
  made.code = ({ text, lang }) =>
    `<pre tabindex="0"><code${lang ? ` class="language-${escape(lang)}"` : ''}>${escape(text)}\n</code></pre>\n`;
  return made;
}

/** All chapters in their order. */
export function chapters(folder) {
  return readdirSync(folder).filter((name) => /^\d\d-.*\.md$/.test(name)).sort().map((file) => chapter(folder, file));
}

/** Text as markup. */
export function escape(text) {
  return text.replace(/[&<>"]/g, (letter) => `&#${letter.codePointAt(0)};`);
}
