// How the guide's chapters are read: what is wrong with one is said with its place, and nothing of it becomes markup.
import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { after, test } from 'node:test';
import { chapter, differences, split } from '../../web/guide/site/chapters.mjs';
import { chapterPage } from '../../web/guide/site/pages.mjs';

const made = [];
after(() => made.forEach((folder) => rmSync(folder, { recursive: true })));

const SERVICE = 'kind: Service\nmetadata: {name: web}\n';
const CLAIM = 'kind: Expectation\nspec:\n  cases:\n    - {name: it answers, to: "web:80"}\n';
const GOOD = '# Title\n\nWhat it is about.\n\nText.\n\n{{chart a.yaml from="pod/a" autoplay}}\n\n## Your turn\n\nMend it.\n\n{{task}}\n';

/** Reads a chapter of these files, besides those that a good one has. */
function read(text, files = {}) {
  const folder = mkdtempSync(join(tmpdir(), 'guide-'));
  made.push(folder);
  const all = { '01-a.md': text, '01-a/a.yaml': `${SERVICE}---\n${CLAIM}`, '01-a/task.yaml': SERVICE, '01-a/solved.yaml': `${SERVICE}---\n${CLAIM}`, ...files };
  for (const [name, content] of Object.entries(all)) {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), content);
  }
  return chapter(folder, '01-a.md');
}

test('a chapter is its title, what sums it up, prose, charts with their claims, and a task', () => {
  const found = read(GOOD);
  assert.deepEqual([found.slug, found.title, found.summary], ['01-a', 'Title', 'What it is about.']);
  assert.deepEqual(found.parts.map((part) => Object.keys(part)[0]), ['html', 'chart', 'html', 'task']);
  const { chart } = found.parts[1];
  assert.deepEqual(chart.names, ['it answers']);
  assert.deepEqual(chart.attributes, { from: 'pod/a', autoplay: '' });
  assert.ok(!chart.shown.includes('Expectation') && chart.claims.includes('Expectation'));
});

test('what is wrong with a chapter is said with its file and line', () => {
  for (const [change, message] of [
    [(text) => text.replace('a.yaml', 'b.yaml'), /01-a\.md:7: there is no 01-a.b\.yaml/],
    [(text) => text.replace('autoplay', 'autoply'), /01-a\.md:7: .*no attribute autoply/],
    [(text) => text.replace('autoplay', 'height'), /01-a\.md:7: height needs value/],
    [(text) => text.replace('{{task}}', ''), /one \{\{task\}\}, not 0/],
    [(text) => text.replace('{{task}}', '{{tsak}}'), /01-a\.md:13: no directive/],
    [(text) => text.replace('Text.', '[b](02-b.md)'), /01-a\.md:5: there is no chapter 02-b\.md/],
    [(text) => text.replace('Text.', '[b](javascript:alert(1))'), /a link leads nowhere/],
    [(text) => text.replace('Text.', '<b onclick="x">b</b>'), /no markup in a chapter/],
    [(text) => text.replace('# Title', 'Title'), /begins with #/],
  ]) assert.throws(() => read(change(GOOD)), message);
  assert.throws(() => read(GOOD, { '01-a/a.yaml': SERVICE }), /a\.yaml claims nothing/);
  assert.throws(() => read(GOOD, { '01-a/task.yaml': `${SERVICE}---\n${CLAIM}` }), /the claims are in solved\.yaml/);
  assert.throws(() => split(CLAIM.replace('name: it answers, ', '')), /a claim has no name/);
});

test('nothing of a manifest or a claim becomes markup', () => {
  const hostile = '</code></script><img src=x onerror=alert(1)>';
  const found = read(GOOD, { '01-a/a.yaml': `# ${hostile}\n${SERVICE}---\n# ${hostile}\n${CLAIM.replace('it answers', `"${hostile}"`)}` });
  const html = chapterPage(found, [found]);
  assert.ok(!html.includes('<img') && html.includes('&#60;img'));
});

test('a solution is shown by the lines that differ', () => {
  assert.deepEqual(differences('a\nb\nc\n', 'a\nB\nc\n').map(({ sign, text }) => sign + text), [' a', '-b', '+B', ' c']);
});
