// Makes the guide's pages, script and style sheet in web/guide/dist; `cargo xtask build` names and places them.
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { build } from 'esbuild';
import { chapters } from './chapters.mjs';
import { chapterPage, contentsPage } from './pages.mjs';

const folder = join(import.meta.dirname, '..');
const out = join(folder, 'dist');

try {
  rmSync(out, { recursive: true, force: true });
  mkdirSync(out);
  const all = chapters(folder);
  for (const one of all) writeFileSync(join(out, `${one.slug}.html`), chapterPage(one, all));
  writeFileSync(join(out, 'index.html'), contentsPage(all));
  const entryPoints = ['guide.js', 'guide.css'].map((name) => join(import.meta.dirname, name));
  await build({ entryPoints, bundle: true, minify: true, format: 'esm', target: 'es2022', external: ['*.woff2'], legalComments: 'none', outdir: out, logLevel: 'warning' });
} catch (error) {
  // A fault of a chapter says its place; where in this program it was found helps nobody.
  console.error(`web/guide: ${error.message}`);
  process.exit(1);
}
