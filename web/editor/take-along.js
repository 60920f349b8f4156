// Downloads: texts, and the chart as a picture that needs nothing of the page: every style is an attribute of its element.

const PROPERTIES = [
  'fill', 'fill-opacity', 'stroke', 'stroke-width', 'stroke-opacity', 'stroke-dasharray', 'stroke-linecap', 'stroke-linejoin', 'opacity',
  'font-family', 'font-size', 'font-weight', 'font-style', 'letter-spacing', 'text-anchor', 'dominant-baseline', 'paint-order',
  'marker-start', 'marker-end', 'text-decoration-line',
];
const INITIAL = {
  fill: 'rgb(0, 0, 0)', 'fill-opacity': '1', stroke: 'none', 'stroke-width': '1px', 'stroke-opacity': '1', 'stroke-dasharray': 'none',
  'stroke-linecap': 'butt', 'stroke-linejoin': 'miter', opacity: '1', 'font-style': 'normal', 'letter-spacing': 'normal',
  'text-anchor': 'start', 'dominant-baseline': 'auto', 'paint-order': 'normal', 'marker-start': 'none', 'marker-end': 'none',
  'text-decoration-line': 'none',
};
// What only the page has a use for.
const PAGE_ONLY = /^(class|role|tabindex|key|style|aria-|data-)/;

/** A colour as every program knows it; browsers give mixed ones as `color(srgb r g b / a)`. */
function plain(value) {
  return value.replace(/color\(srgb ([^)]+)\)/g, (_, numbers) => {
    const [r, g, b, a = '1'] = numbers.split(/[ /]+/).map(Number);
    return `rgba(${[r, g, b].map((part) => Math.round(part * 255)).join(', ')}, ${a})`;
  });
}

/** Writes the styles of `from` into its copy, parts and all. */
function settle(from, copy) {
  const style = getComputedStyle(from);
  if (style.display === 'none' || style.visibility === 'hidden' || style.opacity === '0') {
    copy.remove();
    return;
  }
  for (const { name } of [...copy.attributes]) {
    if (PAGE_ONLY.test(name)) copy.removeAttribute(name);
  }
  if (!from.closest('defs')) copy.removeAttribute('id');
  const text = from.localName === 'text' || from.localName === 'tspan';
  for (const name of PROPERTIES) {
    const value = plain(style.getPropertyValue(name));
    const written = name.startsWith('font') || name === 'letter-spacing' ? text : true;
    if (written && value && value !== INITIAL[name]) copy.setAttribute(name, value);
    else copy.removeAttribute(name);
  }
  const [parts, copies] = [[...from.children], [...copy.children]];
  parts.forEach((part, at) => settle(part, copies[at]));
}

/** The nearest colour behind an element. */
function paper(element) {
  for (let at = element; at; at = at.parentElement) {
    const colour = plain(getComputedStyle(at).backgroundColor);
    if (!/^rgba\(.*, 0\)$|^transparent$/.test(colour)) return colour;
  }
  return '#fff';
}

async function font() {
  const bytes = new Uint8Array(await (await fetch(new URL('source-sans-3.woff2', document.baseURI))).arrayBuffer());
  let text = '';
  for (const byte of bytes) text += String.fromCharCode(byte);
  return `@font-face{font-family:"Source Sans 3";font-weight:200 900;src:url(data:font/woff2;base64,${btoa(text)}) format("woff2")}`;
}

async function drawn(room) {
  const [first, ...over] = [...room.querySelectorAll('svg.chart-svg, svg.packet-sheet')];
  const sheet = first.cloneNode(true);
  settle(first, sheet);
  for (const one of over) {
    const copy = one.cloneNode(true);
    settle(one, copy);
    sheet.append(...copy.children);
  }
  const { width, height } = first.getBoundingClientRect();
  const size = { width: Math.round(width), height: Math.round(height) };
  sheet.setAttribute('width', size.width);
  sheet.setAttribute('height', size.height);
  const make = (name, attributes) => {
    const element = document.createElementNS('http://www.w3.org/2000/svg', name);
    for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
    return element;
  };
  const { x, y, width: w, height: h } = first.viewBox.baseVal;
  // Beyond the view, too: it may not have the sheet's proportions.
  const ground = make('rect', { x: x - w, y: y - h, width: 3 * w, height: 3 * h, fill: paper(first) });
  const style = make('style', {});
  style.textContent = await font();
  const title = make('title', {});
  title.textContent = first.getAttribute('aria-label') ?? 'Portolan';
  sheet.prepend(title, style, ground);
  return { text: new XMLSerializer().serializeToString(sheet), ...size };
}

function download(name, blob) {
  const link = document.createElement('a');
  link.href = URL.createObjectURL(blob);
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
}

/** Downloads a text. */
export function saveText(name, type, text) {
  download(name, new Blob([text], { type: `${type};charset=utf-8` }));
}

/** Downloads the chart in `room`, as a PNG of twice its size or as an SVG. */
export async function saveChart(room, png) {
  const { text, width, height } = await drawn(room);
  if (!png) {
    saveText('portolan.svg', 'image/svg+xml', text);
    return;
  }
  const image = new Image();
  // Not a blob: the policy allows pictures from data alone.
  image.src = `data:image/svg+xml;charset=utf-8,${encodeURIComponent(text)}`;
  await image.decode();
  const canvas = Object.assign(document.createElement('canvas'), { width: 2 * width, height: 2 * height });
  canvas.getContext('2d').drawImage(image, 0, 0, canvas.width, canvas.height);
  download('portolan.png', await new Promise((done) => canvas.toBlob(done)));
}
