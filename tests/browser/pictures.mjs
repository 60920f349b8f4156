// Pictures, compared by a signature of a few hundred letters, so that they need no place in the repository.
//
// A picture is laid over with cells. Of each cell the signature has the mean lightness and how much is drawn in it (the mean
// step between neighbouring pixels), each as one letter of 64. Other fonts and another rounding change a cell by little; a
// node, an arrow or a packet that is missing, moved or of another colour changes the cells where it stood by much.
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const LETTERS = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz+/';
/** Pixels of a cell, to a side. */
const CELL = 40;
/** A cell is another one from here on: lightness, and how much is drawn, of 63. */
const STEP = { light: 3, drawn: 7 };

/** Runs in a blank page: the cells of a PNG. */
async function cells([base64, size]) {
  const bytes = Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0));
  const bitmap = await createImageBitmap(new Blob([bytes], { type: 'image/png' }));
  const canvas = new OffscreenCanvas(bitmap.width, bitmap.height);
  const context = canvas.getContext('2d', { willReadFrequently: true });
  context.drawImage(bitmap, 0, 0);
  const { data, width, height } = context.getImageData(0, 0, bitmap.width, bitmap.height);
  const light = new Float32Array(width * height);
  for (let i = 0; i < light.length; i += 1) light[i] = 0.3 * data[i * 4] + 0.59 * data[i * 4 + 1] + 0.11 * data[i * 4 + 2];
  const [columns, rows] = [Math.ceil(width / size), Math.ceil(height / size)];
  const out = [];
  for (let row = 0; row < rows; row += 1) {
    for (let column = 0; column < columns; column += 1) {
      let [sum, steps, count] = [0, 0, 0];
      for (let y = row * size; y < Math.min(height, (row + 1) * size); y += 1) {
        for (let x = column * size; x < Math.min(width, (column + 1) * size); x += 1) {
          const at = y * width + x;
          sum += light[at];
          if (x > 0) steps += Math.abs(light[at] - light[at - 1]);
          if (y > 0) steps += Math.abs(light[at] - light[at - width]);
          count += 1;
        }
      }
      out.push([sum / count / 255, Math.min(1, steps / count / 48)]);
    }
  }
  return { columns, out };
}

/** Reads the signatures of a file; none where it is not there. */
export function read(file) {
  try {
    return new Map(readFileSync(file, 'utf8').trim().split('\n').map((line) => line.split(' ', 2)));
  } catch {
    return new Map();
  }
}

export function write(file, signatures) {
  mkdirSync(join(file, '..'), { recursive: true });
  writeFileSync(file, [...signatures].sort(([a], [b]) => (a < b ? -1 : 1)).map((line) => `${line.join(' ')}\n`).join(''));
}

/** The signature of a PNG; `blank` is a page that nothing was loaded into. */
export async function signature(blank, png) {
  const { columns, out } = await blank.evaluate(cells, [png.toString('base64'), CELL]);
  return `${columns}:${out.flat().map((value) => LETTERS[Math.round(value * 63)]).join('')}`;
}

/** The cells in which two signatures differ, as `x,y` in pixels of their corner; `null` where the pictures have other sizes. */
export function differences(one, other) {
  const [columns, a] = one.split(':');
  const [others, b] = other.split(':');
  if (columns !== others || a.length !== b.length) return null;
  const found = [];
  for (let i = 0; i < a.length; i += 2) {
    const light = Math.abs(LETTERS.indexOf(a[i]) - LETTERS.indexOf(b[i]));
    const drawn = Math.abs(LETTERS.indexOf(a[i + 1]) - LETTERS.indexOf(b[i + 1]));
    if (light > STEP.light || drawn > STEP.drawn) {
      found.push(`${((i / 2) % columns) * CELL},${Math.floor(i / 2 / columns) * CELL}`);
    }
  }
  return found;
}
