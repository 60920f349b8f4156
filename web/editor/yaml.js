// YAML for the eye: colours, folds and indentation, line by line and only where it is seen. A parser of the whole text
// runs from the change to the end at each key, which is most of what a key may cost; the engine parses anyway.
import { foldService, indentService } from '@codemirror/language';
import { EditorState, RangeSetBuilder } from '@codemirror/state';
import { Decoration, EditorView, ViewPlugin } from '@codemirror/view';

const mark = (name) => Decoration.mark({ class: `yaml-${name}` });
const marks = Object.fromEntries(['key', 'string', 'literal', 'comment', 'mark', 'anchor'].map((name) => [name, mark(name)]));

const colours = EditorView.theme({
  '.yaml-key': { color: 'var(--code-key)' },
  '.yaml-string': { color: 'var(--code-string)' },
  '.yaml-literal': { color: 'var(--code-number)' },
  '.yaml-comment': { color: 'var(--code-comment)', fontStyle: 'italic' },
  '.yaml-mark': { color: 'var(--ink-2)' },
  '.yaml-anchor': { color: 'var(--code-anchor)' },
});

const LITERAL = /^(?:[-+]?(?:\d[\d_]*(?:\.\d*)?(?:e[-+]?\d+)?|0x[\da-f]+|0o?[0-7]+|\.inf)|true|false|null|yes|no|on|off|~|\.nan)$/i;
/** A line whose value is a block of text below it. */
const BLOCK = /(?:^|[\s:-])[|>][-+\d]{0,2}\s*(?:#.*)?$/;
const MARKER = /^(?:---|\.\.\.)(?=\s|$)|^%.*/;
/** No scan looks at more lines. */
const FAR = 5000;

const indentOf = (text) => text.search(/\S|$/);
const isBlank = (text) => /^\s*(?:#.*)?$/.test(text);
/** Where the mapping of a line begins: behind its dashes. */
const column = (text) => /^\s*(?:-\s+)*/.exec(text)[0].length;

/** The pieces of a line that have a colour: [from, to, name]. */
export function pieces(text) {
  const found = [];
  let at = 0;
  let keyAllowed = true;
  let depth = 0;
  const take = (length, name) => {
    if (length > 0 && name) found.push([at, at + length, name]);
    at += length;
  };
  const marker = MARKER.exec(text);
  if (marker) take(marker[0].length, 'mark');
  while (at < text.length) {
    const rest = text.slice(at);
    const [c] = rest;
    const spaced = at === 0 || /[\s,[\]{}]/.test(text[at - 1]);
    if (c === ' ' || c === '\t' || c === '\r') take(/^\s+/.exec(rest)[0].length);
    else if (c === '#' && spaced) take(rest.length, 'comment');
    else if (/^[-?](?=\s|$)/.test(rest)) take(1, 'mark');
    else if ('[]{}'.includes(c) && (depth > 0 || '[{'.includes(c))) {
      depth += '[{'.includes(c) ? 1 : -1;
      keyAllowed = true;
      take(1, 'mark');
    } else if (c === ',' && depth > 0) {
      keyAllowed = true;
      take(1, 'mark');
    } else if (c === ':' && /^:(?:\s|$|[[\]{},])/.test(rest)) take(1, 'mark');
    else if (/^[&*][^\s,[\]{}]+/.test(rest)) take(/^[&*][^\s,[\]{}]+/.exec(rest)[0].length, 'anchor');
    else if (c === '!') take(/^\S+/.exec(rest)[0].length, 'anchor');
    else if (/^[|>][-+\d]{0,2}(?=\s|$)/.test(rest) && depth === 0) take(/^[|>][-+\d]{0,2}/.exec(rest)[0].length, 'mark');
    else {
      const quoted = /^(?:"(?:[^"\\]|\\.)*"?|'(?:[^']|'')*'?)/.exec(rest);
      const plain = quoted ?? (depth > 0 ? /^(?:[^,[\]{}:#]|:(?![\s,[\]{}]|$)|(?<!\s)#)+/ : /^(?:[^:#]|:(?!\s|$)|(?<!\s)#)+/).exec(rest);
      const length = Math.max(1, (plain?.[0] ?? c).trimEnd().length);
      const word = rest.slice(0, length);
      const isKey = keyAllowed && /^\s*:(?:\s|$)/.test(rest.slice(length));
      take(length, isKey ? 'key' : !quoted && LITERAL.test(word) ? 'literal' : 'string');
      if (isKey) keyAllowed = depth > 0;
    }
  }
  return found;
}

/** Whether line `number` stands in a block of text that begins above it: the indentation of the block's head, or -1. */
function blockAbove(doc, number) {
  let least = Infinity;
  const first = doc.line(number).text;
  if (first.trim()) least = indentOf(first);
  for (let n = number - 1; n > 0 && n > number - FAR && least > 0; n -= 1) {
    const { text } = doc.line(n);
    if (!text.trim() || indentOf(text) >= least) continue;
    if (BLOCK.test(text)) return indentOf(text);
    least = indentOf(text);
  }
  return -1;
}

function paint(view) {
  const builder = new RangeSetBuilder();
  const { doc } = view.state;
  for (const { from, to } of view.visibleRanges) {
    let { number } = doc.lineAt(from);
    let block = blockAbove(doc, number);
    for (; number <= doc.lines; number += 1) {
      const line = doc.line(number);
      if (line.from > to) break;
      // A line of many thousand characters is not read by people.
      const text = line.text.slice(0, 2000);
      if (block >= 0 && (!text.trim() || indentOf(text) > block)) {
        if (text.trim()) builder.add(line.from + indentOf(text), line.from + text.length, marks.string);
        continue;
      }
      block = !isBlank(text) && BLOCK.test(text) ? indentOf(text) : -1;
      for (const [a, b, name] of pieces(text)) builder.add(line.from + a, line.from + b, marks[name]);
    }
  }
  return builder.finish();
}

const painter = ViewPlugin.fromClass(class {
  constructor(view) {
    this.decorations = paint(view);
  }

  update(update) {
    if (update.docChanged || update.viewportChanged) this.decorations = paint(update.view);
  }
}, { decorations: (plugin) => plugin.decorations });

/** What is deeper than a line folds under it; a list may stand as deep as its key. */
function fold(state, from) {
  const { doc } = state;
  const head = doc.lineAt(from);
  if (isBlank(head.text) || MARKER.test(head.text)) return null;
  const indent = indentOf(head.text);
  const ownsList = !/^\s*-\s/.test(head.text) && /:\s*(?:#.*)?$/.test(head.text);
  let end = head.to;
  for (let n = head.number + 1; n <= doc.lines && n < head.number + FAR; n += 1) {
    const line = doc.line(n);
    if (isBlank(line.text)) continue;
    const deep = indentOf(line.text);
    if (MARKER.test(line.text) || (deep <= indent && !(ownsList && deep === indent && /^\s*-(?:\s|$)/.test(line.text)))) break;
    end = line.to;
  }
  return end > head.to ? { from: head.to, to: end } : null;
}

/** A new line begins where the mapping above it does, deeper where that line opens something. */
function indent(context, at) {
  const { text } = context.lineAt(at, -1);
  const before = context.state.doc.lineAt(at);
  const above = at > before.from ? before.text.slice(0, at - before.from) : text;
  if (!above.trim()) return null;
  const opens = /:\s*(?:#.*)?$/.test(above) || (BLOCK.test(above) && /[|>][-+\d]{0,2}\s*$/.test(above));
  return column(above) + (opens ? context.unit : 0);
}

/** The extension. */
export const yaml = () => [
  painter, colours, foldService.of(fold), indentService.of(indent),
  EditorState.languageData.of(() => [{ commentTokens: { line: '#' } }]),
];
