// The guide's pages as HTML. FILE_... are names that the build fills in.
import { escape } from './chapters.mjs';

const ROSE = '<svg class="rose" width="30" height="30" viewBox="-16 -16 32 32" aria-hidden="true"><circle r="14.4" class="rim"/><path class="minor" d="M0 0L9.2 -9.2L0 -4.6L-9.2 -9.2ZM0 0L9.2 9.2L0 4.6L-9.2 9.2Z"/><path class="major" d="M0 -15L3 -3L15 0L3 3L0 15L-3 3L-15 0L-3 -3Z"/><path class="north" d="M0 -15L3 -3L0 0Z"/></svg>';

/** The parts of the guide, by the number of their first chapter. */
const PARTS = { 1: 'Ways in', 8: 'When nothing answers', 12: 'Which pod, and who is calling', 16: 'Names', 19: 'In operation' };

/** The number that a chapter goes by. */
const number = ({ slug }) => Number(slug.slice(0, 2));

/** Data in a page: no text of it can end the element. */
const data = (text) => JSON.stringify(text).replace(/</g, '\\u003c');

function claims(names) {
  const rows = names.map((name) => `<li data-state="open"><span class="sign" aria-hidden="true"></span><span class="claim">${escape(name)}<span class="word hidden"></span></span></li>`);
  return `<ol class="claims">${rows.join('')}</ol>`;
}

function element({ shown, attributes }, more = {}) {
  const all = Object.entries({ ...more, ...attributes }).map(([name, value]) => ` ${name}${value === '' ? '' : `="${escape(value)}"`}`);
  return `<portolan-chart${all.join('')}><pre><code class="language-yaml">${escape(shown)}</code></pre></portolan-chart>`;
}

function figure(chart) {
  return `<figure class="live" data-live>
${element(chart)}
<script type="application/json" data-claims>${data(chart.claims)}</script>
<figcaption>
<p class="said" data-said>What is said of this, checked where scripts are on:</p>
${claims(chart.names)}
<p class="acts" hidden><button type="button" class="text" data-yaml aria-pressed="false">Change the YAML</button> <a data-open href="../index.html">Open in the playground</a></p>
</figcaption>
</figure>
`;
}

function task(task, { slug }) {
  const sign = { '-': 'removed', '+': 'added', ' ': '' };
  const lines = task.lines.map(({ sign: mark, text }) => {
    const tag = { '-': 'del', '+': 'ins', ' ': 'span' }[mark];
    return `<${tag}><span class="sign" aria-hidden="true">${mark}</span>${sign[mark] && `<span class="hidden">${sign[mark]}: </span>`}${escape(text)}\n</${tag}>`;
  });
  return `<section class="live task" data-live data-task="${slug}" aria-label="Your turn">
${element(task, { view: 'both', height: '560' })}
<script type="application/json" data-claims>${data(task.claims)}</script>
<div class="judged">
<p class="said" role="status" data-said>Mended, when all of this holds:</p>
${claims(task.names)}
<p class="acts" hidden><button type="button" class="text" data-again>Start over</button> <a data-open href="../index.html">Open in the playground</a></p>
<details class="solution"><summary>Show a solution</summary><pre tabindex="0"><code>${lines.join('')}</code></pre></details>
</div>
</section>
`;
}

function page({ title, description, here, body, all }) {
  const items = all.map((one) => `<li data-chapter="${one.slug}"><a href="${one.slug}.html"${one === here ? ' aria-current="page"' : ''}><span class="number">${number(one)}</span>${one.title}</a></li>`);
  return `<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${title}</title>
<meta name="description" content="${description}">
<meta name="color-scheme" content="light dark">
<link rel="icon" href="data:,">
<link rel="stylesheet" href="FILE_GUIDE_STYLE">
<script type="module" src="FILE_GUIDE_SCRIPT"></script>
<script src="../FILE_ELEMENT" defer></script>
</head>
<body>
<a class="skip" href="#text">To the text</a>
<header class="bar"><a class="brand" href="../index.html">${ROSE}<span>Portolan</span></a><a class="part" href="index.html"${here ? '' : ' aria-current="page"'}>Guide</a><a class="play" href="../index.html">Playground</a></header>
<div class="page${here ? '' : ' alone'}">
${here ? `<nav class="contents" aria-label="Chapters"><details open><summary>Chapters</summary><ol>${items.join('')}</ol></details></nav>
` : ''}<main id="text" tabindex="-1">
${body}</main>
</div>
</body>
</html>
`;
}

/** The page of one chapter. */
export function chapterPage(chapter, all) {
  const at = all.indexOf(chapter);
  const [before, after] = [all[at - 1], all[at + 1]];
  const body = chapter.parts.map((part) => part.html ?? (part.chart ? figure(part.chart) : task(part.task, chapter))).join('');
  const step = (one, word, way) => one ? `<a rel="${way}" href="${one.slug}.html"><span>${word}</span>${one.title}</a>` : '<span></span>';
  return page({
    title: `${chapter.title} - Portolan`, description: chapter.summary, here: chapter, all,
    body: `<article>
<p class="count">Chapter ${number(chapter)} of ${all.length}</p>
<h1>${chapter.title}</h1>
<p class="summary">${chapter.summary}</p>
${body}</article>
<nav class="steps" aria-label="Next and last chapter">${step(before, 'Before', 'prev')}${step(after, 'Next', 'next')}</nav>
`,
  });
}

/** The page with the list of chapters. */
export function contentsPage(all) {
  const row = (one) => `<li data-chapter="${one.slug}"><a href="${one.slug}.html"><span class="number">${number(one)}</span><span class="name">${one.title}</span><span class="about">${one.summary}</span></a></li>`;
  const starts = Object.keys(PARTS).map(Number);
  const groups = starts.map((start, at) => {
    const rows = all.filter((one) => number(one) >= start && number(one) < (starts[at + 1] ?? Infinity));
    return rows.length ? `<h2>${PARTS[start]}</h2>\n<ol class="list">${rows.map(row).join('')}</ol>\n` : '';
  });
  return page({
    title: 'Guide to Kubernetes Services - Portolan', here: null, all,
    description: 'How traffic finds pods in Kubernetes, chapter by chapter, with charts that run and manifests to mend.',
    body: `<h1>How traffic finds pods</h1>
<p class="summary">${all.length} short chapters on Kubernetes Services. Each shows a small cluster that runs in this page, says what happens in it, and ends with a manifest that is broken. Mend it: the engine judges as you type. Every sentence with a tick beside it was tried before you read it.</p>
<p class="done" data-done hidden></p>
${groups.join('')}`,
  });
}
