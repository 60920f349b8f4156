// The YAML editor: CodeMirror 6 behind a few functions, so that the page needs to know nothing of it.
// Offsets are UTF-16 code units, as everywhere in JavaScript; the page converts.
import { closeBrackets, completionKeymap, startCompletion } from '@codemirror/autocomplete';
import { defaultKeymap, history, historyKeymap, indentWithTab } from '@codemirror/commands';
import { codeFolding, foldGutter, foldKeymap, indentUnit } from '@codemirror/language';
import { lintGutter, lintKeymap, setDiagnostics } from '@codemirror/lint';
import { highlightSelectionMatches, search, searchKeymap } from '@codemirror/search';
import { Compartment, EditorSelection, EditorState, StateEffect, StateField, Transaction } from '@codemirror/state';
import {
  Decoration, EditorView, drawSelection, highlightActiveLine, highlightActiveLineGutter, highlightSpecialChars, keymap, lineNumbers,
} from '@codemirror/view';
import helpText from '../../crates/core/src/assist/help.txt';
import skeletons from '../../crates/core/src/assist/skeletons.yaml';
import { assist } from './assist.js';
import { said } from './help.js';
import { yaml } from './yaml.js';

export { saveChart, saveText } from './take-along.js';

/** The words that the engine is given, to say them where they belong. */
export const texts = [helpText, skeletons];

// Colours come from the page's custom properties, so that both themes are one.
const theme = EditorView.theme({
  '&': { height: '100%', backgroundColor: 'transparent', color: 'var(--ink)', fontSize: 'var(--code-size)' },
  '&.cm-focused': { outline: 'none' },
  '.cm-scroller': { fontFamily: 'var(--mono)', lineHeight: '1.55' },
  '.cm-content': { caretColor: 'var(--ink)', paddingBlock: '10px' },
  // Opaque: long lines pass under it.
  '.cm-gutters': { backgroundColor: 'var(--paper)', color: 'var(--ink-3)', border: 'none' },
  '.cm-activeLine': { backgroundColor: 'var(--line-wash)' },
  '.cm-activeLineGutter': { backgroundColor: 'var(--line-wash)', color: 'var(--ink-2)' },
  '.cm-cursor': { borderLeftColor: 'var(--ink)', borderLeftWidth: '2px' },
  '&.cm-focused > .cm-scroller > .cm-selectionLayer .cm-selectionBackground, .cm-selectionBackground': { background: 'var(--selection)' },
  '.cm-selectionMatch': { backgroundColor: 'var(--line-wash)' },
  '.cm-foldPlaceholder': { background: 'var(--line-wash)', border: '1px solid var(--rule)', color: 'var(--ink-2)' },
  '.cm-lintRange-error, .cm-lintRange-warning, .cm-lintRange-info': { backgroundImage: 'none', textDecorationLine: 'underline', textDecorationStyle: 'wavy', textDecorationThickness: '1.5px', textUnderlineOffset: '3px', textDecorationSkipInk: 'none' },
  '.cm-lintRange-error': { textDecorationColor: 'var(--bad)' },
  '.cm-lintRange-warning': { textDecorationColor: 'var(--warn)' },
  '.cm-lintRange-info': { textDecorationColor: 'var(--info)', textDecorationStyle: 'dotted' },
  '.cm-lint-marker': { width: '0.7em', height: '0.7em', content: '""', display: 'inline-block', verticalAlign: 'middle', marginBottom: '2px' },
  '.cm-lint-marker-error': { content: '""', backgroundColor: 'var(--bad)', transform: 'rotate(45deg) scale(.85)' },
  '.cm-lint-marker-warning': { content: '""', backgroundColor: 'var(--warn)', clipPath: 'polygon(50% 0, 100% 100%, 0 100%)' },
  '.cm-lint-marker-info': { content: '""', border: '2px solid var(--info)', borderRadius: '50%', boxSizing: 'border-box' },
  '.cm-tooltip': { backgroundColor: 'var(--panel)', border: '1px solid var(--rule-2)', borderRadius: '8px', boxShadow: 'var(--shadow)', overflow: 'hidden', fontFamily: 'var(--sans)' },
  // What is said about a suggestion stands beside the list, inside the same element.
  '.cm-tooltip.cm-tooltip-autocomplete': { overflow: 'visible' },
  '.cm-tooltip.cm-tooltip-autocomplete > ul': { fontFamily: 'var(--mono)', fontSize: '12.5px', borderRadius: '7px', maxWidth: 'min(560px, 92vw)' },
  '.cm-tooltip.cm-tooltip-autocomplete > ul > li': { padding: '3px 10px', lineHeight: '1.4' },
  '.cm-tooltip-autocomplete ul li[aria-selected]': { backgroundColor: 'var(--accent)', color: 'var(--on-accent)' },
  '.cm-diagnostic': { padding: '8px 12px', borderLeft: '3px solid transparent', maxWidth: '46ch', whiteSpace: 'pre-wrap', fontSize: '14px', lineHeight: '1.4' },
  '.cm-diagnostic-error': { borderLeftColor: 'var(--bad)' },
  '.cm-diagnostic-warning': { borderLeftColor: 'var(--warn)' },
  '.cm-diagnostic-info': { borderLeftColor: 'var(--info)' },
  '.cm-said p, .cm-help p': { margin: '0' },
  '.cm-said-field': { fontFamily: 'var(--mono)', fontSize: '12.5px', color: 'var(--ink-2)' },
  '.cm-said .cm-said-help': { marginTop: '6px' },
  '.cm-help': { padding: '8px 12px', maxWidth: '46ch', fontSize: '14px', lineHeight: '1.4', whiteSpace: 'normal' },
  '.cm-help-head': { color: 'var(--ink-2)', fontSize: '12.5px' },
  '.cm-help-head code': { fontFamily: 'var(--mono)', color: 'var(--code-key)' },
  '.cm-help dl': { margin: '6px 0 0', fontSize: '13px' },
  '.cm-help dl > div': { display: 'flex', gap: '8px' },
  '.cm-help dt': { color: 'var(--ink-2)', flex: 'none' },
  '.cm-help dd': { margin: '0', whiteSpace: 'pre-line', overflowWrap: 'anywhere' },
  '.cm-help-here > * + *': { borderTop: '1px solid var(--rule)' },
  // What is wrong comes before what the field does.
  '.cm-tooltip-hover': { display: 'flex', flexDirection: 'column' },
  '.cm-tooltip-hover > .cm-tooltip-section': { borderTop: 'none' },
  '.cm-tooltip-hover > .cm-tooltip-lint': { order: '-1' },
  '.cm-tooltip-hover > .cm-tooltip-lint:not(:only-child)': { borderBottom: '1px solid var(--rule)' },
  // On a phone it would cover the list.
  '@media (max-width: 640px)': { '.cm-tooltip.cm-completionInfo': { display: 'none' } },
  '.cm-tooltip.cm-completionInfo': { maxWidth: 'min(46ch, 90vw)', padding: '0' },
  '.cm-completionDetail': { fontStyle: 'normal', color: 'var(--ink-2)', marginLeft: '1.2em' },
  '.cm-tooltip-autocomplete ul li[aria-selected] .cm-completionDetail': { color: 'inherit' },
  '.cm-diagnosticAction': { background: 'var(--accent)', color: 'var(--on-accent)', borderRadius: '5px', padding: '3px 9px', margin: '6px 6px 0 0', font: 'inherit', fontWeight: '600' },
  '.cm-diagnosticSource': { fontSize: '12px', opacity: '1', color: 'var(--ink-2)', marginTop: '4px' },
  '.cm-panels': { backgroundColor: 'var(--panel)', color: 'var(--ink)', borderColor: 'var(--rule)' },
  '.cm-panel.cm-search': { fontFamily: 'var(--sans)', padding: '8px 30px 8px 10px' },
  '.cm-textfield': { backgroundColor: 'var(--paper)', border: '1px solid var(--rule-2)', borderRadius: '5px', color: 'inherit', padding: '3px 6px' },
  '.cm-button': { background: 'var(--paper)', border: '1px solid var(--rule-2)', borderRadius: '5px', color: 'inherit' },
  '.cm-revealed': { backgroundColor: 'var(--reveal)' },
  '.cm-searchMatch': { backgroundColor: 'var(--reveal)' },
});

const setReveal = StateEffect.define();
const revealed = StateField.define({
  create: () => Decoration.none,
  update(marks, transaction) {
    for (const effect of transaction.effects) if (effect.is(setReveal)) return effect.value;
    return transaction.docChanged ? Decoration.none : marks;
  },
  provide: (field) => EditorView.decorations.from(field),
});

/**
 * Puts an editor into `parent`. `changed` is called, without the text, after each change that a person made; `complete`
 * and `help` ask the engine with the text and an offset; `moved` is told where the cursor is. Returns the functions the
 * page uses.
 */
export function create(parent, { text, label, nonce, readOnly, ...asked }) {
  // Once it is destroyed there is nobody to ask, and CodeMirror's timers may still be about to.
  let gone = false;
  const ask = (name) => (...words) => (gone ? null : asked[name](...words));
  const [changed, complete, help, moved] = ['changed', 'complete', 'help', 'moved'].map(ask);
  const writable = new Compartment();
  const lock = (on) => [EditorState.readOnly.of(on), EditorView.editable.of(!on)];
  const extensions = [
    lineNumbers(), foldGutter({ openText: '▾', closedText: '▸' }), lintGutter(), highlightSpecialChars(), history(), drawSelection(),
    indentUnit.of('  '), closeBrackets(), highlightActiveLine(), highlightActiveLineGutter(), highlightSelectionMatches(),
    search({ top: true }), codeFolding(), yaml(), revealed, theme,
    assist({ complete, help }),
    // Escape, then Tab, leaves the editor: the Tab key must not be a trap.
    keymap.of([...completionKeymap, ...searchKeymap, ...historyKeymap, ...foldKeymap, ...lintKeymap, indentWithTab, ...defaultKeymap]),
    EditorView.contentAttributes.of({ 'aria-label': label, tabindex: '0', spellcheck: 'false', autocorrect: 'off', autocapitalize: 'off' }),
    EditorView.updateListener.of((update) => {
      if (update.docChanged && !update.transactions.some((t) => t.annotation(Transaction.remote))) changed();
      if (update.docChanged || update.selectionSet) moved(update.state.selection.main.head);
    }),
    writable.of(lock(readOnly)),
  ];
  if (nonce) extensions.push(EditorView.cspNonce.of(nonce));
  const view = new EditorView({ parent, state: EditorState.create({ doc: text, extensions }) });
  const clamp = (offset) => Math.max(0, Math.min(offset, view.state.doc.length));
  return {
    text: () => view.state.doc.toString(),
    setText(next) {
      if (next === view.state.doc.toString()) return;
      view.dispatch({
        changes: { from: 0, to: view.state.doc.length, insert: next },
        annotations: Transaction.remote.of(true),
        selection: EditorSelection.cursor(0),
        scrollIntoView: true,
      });
    },
    // Each: {from, to, severity, message, field, help, source, fixes: [{title, edits: [{from, to, insert}]}]}
    setDiagnostics(list) {
      const diagnostics = list.map((d) => ({
        from: clamp(d.from),
        to: clamp(Math.max(d.to, d.from)),
        severity: d.severity,
        message: [d.message, d.field, d.help].filter(Boolean).join('. '),
        said: { message: d.message, field: d.field, help: d.help },
        renderMessage: () => said(d),
        source: d.source,
        actions: (view.state.readOnly ? [] : d.fixes).map((fix) => ({
          name: fix.title,
          apply: (target) => target.dispatch({ changes: fix.edits, userEvent: 'input.fix' }),
        })),
      }));
      view.dispatch(setDiagnostics(view.state, diagnostics));
    },
    applyEdits: (edits) => view.dispatch({ changes: edits, userEvent: 'input.fix' }),
    reveal(from, to, focus) {
      const [a, b] = [clamp(from), clamp(to)];
      const marks = [];
      const last = view.state.doc.lineAt(Math.max(a, b)).number;
      for (let n = view.state.doc.lineAt(a).number; n <= Math.min(last, view.state.doc.lineAt(a).number + 40); n++) {
        marks.push(Decoration.line({ class: 'cm-revealed' }).range(view.state.doc.line(n).from));
      }
      view.dispatch({
        selection: EditorSelection.cursor(a),
        effects: [setReveal.of(Decoration.set(marks)), EditorView.scrollIntoView(a, { y: 'center' })],
      });
      if (focus) view.focus();
    },
    setReadOnly: (on) => view.dispatch({ effects: writable.reconfigure(lock(on)) }),
    suggest: () => startCompletion(view),
    focus: () => view.focus(),
    destroy() {
      gone = true;
      view.destroy();
    },
  };
}
