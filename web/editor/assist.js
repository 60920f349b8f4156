// Completion and help: asked of the engine, shown by CodeMirror.
import { autocompletion, startCompletion } from '@codemirror/autocomplete';
import { forEachDiagnostic } from '@codemirror/lint';
import { Prec, StateEffect, StateField } from '@codemirror/state';
import { EditorView, hoverTooltip, keymap, showTooltip } from '@codemirror/view';
import { fieldHelp, fieldWords, problem } from './help.js';

const TYPES = { field: 'property', value: 'enum', name: 'variable', document: 'class' };

const info = (text) => () => {
  const box = document.createElement('div');
  box.className = 'cm-help';
  box.textContent = text;
  return box;
};

/** Puts a suggestion in; after `type: ` the values are suggested at once. */
const apply = (item) => (view, _, from, to) => {
  view.dispatch({
    changes: { from, to, insert: item.insert },
    selection: { anchor: from + item.insert.length },
    scrollIntoView: true,
    userEvent: 'input.complete',
  });
  if (item.more) startCompletion(view);
};

/** A source of suggestions that asks `complete(text, offset)`. */
const source = (complete) => (context) => {
  const before = context.state.sliceDoc(Math.max(0, context.pos - 1), context.pos);
  // Not at each blank and bracket: only where a word has begun, or after `key: ` and `- `.
  if (!context.explicit && !/[\w"'./-]/.test(before) && !/(:|-) $/.test(context.state.sliceDoc(Math.max(0, context.pos - 2), context.pos))) return null;
  const found = complete(context.state.doc.toString(), context.pos);
  // A number that somebody types is meant as it is: Enter after `port: 80` must not make it 8080.
  if (!found || (!context.explicit && /^\d+$/.test(context.state.sliceDoc(found.from, context.pos)))) return null;
  return {
    from: found.from,
    to: Math.max(found.to, context.pos),
    options: found.items.map((item, at) => ({
      label: item.label,
      type: TYPES[item.kind],
      detail: item.detail || undefined,
      info: item.info ? info(item.info) : undefined,
      // In the engine's order, as far as what was typed fits alike.
      boost: Math.max(-99, 99 - at * 2),
      apply: apply(item),
    })),
    validFor: (text) => /^[\w"'./-]*$/.test(text) && !/^\d+$/.test(text),
  };
};

/** What is wrong at an offset. */
function problemsAt(state, pos) {
  const found = [];
  forEachDiagnostic(state, (diagnostic, from, to) => {
    if (from <= pos && pos <= to) found.push({ diagnostic, from, to });
  });
  return found;
}

const setHelp = StateEffect.define();

const openHelp = StateField.define({
  create: () => null,
  update(tooltip, transaction) {
    for (const effect of transaction.effects) if (effect.is(setHelp)) return effect.value;
    return transaction.docChanged || transaction.selection ? null : tooltip;
  },
  provide: (field) => showTooltip.from(field),
});

/** Opens help at the cursor: what is wrong there, and what the field does. */
const helpHere = (help, focus) => (view) => {
  const pos = view.state.selection.main.head;
  const wrong = problemsAt(view.state, pos);
  const field = help(view.state.doc.toString(), pos);
  if (!wrong.length && !field) return false;
  const words = wrong.map(({ diagnostic }) => diagnostic.message);
  if (field) words.push(fieldWords(field));
  const close = () => {
    view.dispatch({ effects: setHelp.of(null) });
    view.focus();
  };
  const create = () => {
    const dom = document.createElement('div');
    dom.className = 'cm-help-here';
    for (const { diagnostic } of wrong) {
      dom.append(problem(diagnostic, (action) => {
        close();
        action.apply(view);
      }));
    }
    if (field) dom.append(fieldHelp(field));
    dom.addEventListener('keydown', (event) => {
      if (event.key === 'Escape') {
        event.preventDefault();
        event.stopPropagation();
        close();
      }
    });
    return { dom, mount: () => { if (focus) dom.querySelector('button')?.focus(); } };
  };
  view.dispatch({ effects: [setHelp.of({ pos, above: false, create }), EditorView.announce.of(words.join(' '))] });
  return true;
};

const closeHelp = (view) => {
  if (!view.state.field(openHelp)) return false;
  view.dispatch({ effects: setHelp.of(null) });
  return true;
};

/** All of it: `complete` and `help` ask the engine with the text and an offset. */
export function assist({ complete, help }) {
  return [
    autocompletion({ override: [source(complete)], icons: false, activateOnCompletion: () => false }),
    hoverTooltip((view, pos) => {
      const found = help(view.state.doc.toString(), pos);
      return found && { pos: found.from, end: found.to, above: true, create: () => ({ dom: fieldHelp(found) }) };
    }, { hoverTime: 350 }),
    openHelp,
    Prec.high(keymap.of([
      { key: 'F1', run: helpHere(help, false), preventDefault: true },
      { key: 'Mod-k Mod-i', run: helpHere(help, false), preventDefault: true },
      { key: 'Mod-.', run: helpHere(help, true), preventDefault: true },
      { key: 'Escape', run: closeHelp },
    ])),
  ];
}
