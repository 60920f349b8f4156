// What the engine says about a field, and about what is wrong at a place, as DOM: always as text, never as markup.

const element = (tag, className, text) => {
  const made = document.createElement(tag);
  if (className) made.className = className;
  if (text !== undefined) made.textContent = text;
  return made;
};

const fact = (list, name, value) => {
  const row = element('div');
  row.append(element('dt', '', name), element('dd', '', value));
  list.append(row);
};

/** The help about one field: {path, holds, text, default, since, values, notModelled, stored, added}. */
export function fieldHelp(help) {
  const box = element('div', 'cm-help');
  const head = element('p', 'cm-help-head');
  head.append(element('code', '', help.path), ` ${help.holds}`);
  box.append(head, element('p', '', help.text));
  const facts = element('dl');
  if (help.default) fact(facts, 'Default', help.default);
  if (help.values.length) fact(facts, 'Values', help.values.join(', '));
  if (help.since) fact(facts, 'Since', `Kubernetes ${help.since}`);
  if (help.stored) fact(facts, 'Stored as', help.stored);
  if (help.added.length) fact(facts, 'The server added', help.added.map(([name, value]) => `${name}: ${value}`).join('\n'));
  if (help.notModelled) fact(facts, 'Here', 'Understood, but not modelled: traffic here does not depend on it.');
  if (facts.childElementCount) box.append(facts);
  return box;
}

/** The same in one string, for a screen reader. */
export function fieldWords(help) {
  const parts = [`${help.path}, ${help.holds}.`, help.text];
  if (help.default) parts.push(`Default: ${help.default}.`);
  if (help.values.length) parts.push(`Values: ${help.values.join(', ')}.`);
  if (help.since) parts.push(`Since Kubernetes ${help.since}.`);
  if (help.stored) parts.push(`Stored as ${help.stored}.`);
  return parts.join(' ');
}

/** What is said: first word for word, then the field it is about, then a sentence more. */
export function said({ message, field, help }) {
  const box = element('div', 'cm-said');
  box.append(element('p', 'cm-said-message', message));
  if (field) box.append(element('code', 'cm-said-field', field));
  if (help) box.append(element('p', 'cm-said-help', help));
  return box;
}

/** What is wrong at a place, with its fixes as buttons. */
export function problem(diagnostic, apply) {
  const box = element('div', `cm-diagnostic cm-diagnostic-${diagnostic.severity}`);
  box.append(said(diagnostic.said));
  for (const action of diagnostic.actions ?? []) {
    const button = element('button', 'cm-diagnosticAction', action.name);
    button.type = 'button';
    button.addEventListener('click', () => apply(action));
    box.append(button);
  }
  box.append(element('div', 'cm-diagnosticSource', diagnostic.source));
  return box;
}
