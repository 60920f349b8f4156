// The YAML that an element holds, as a person wrote it.

const SCRIPT = 'script[type="text/yaml"], script[type="application/yaml"], script[type="text/x-yaml"]';

/** The text of a node; a highlighter may have made its lines of elements with <br> between them. */
function written(node) {
  let text = '';
  for (const part of node.childNodes) {
    if (part.nodeType === Node.TEXT_NODE) text += part.data;
    else if (part.nodeName === 'BR') text += text.endsWith('\n') ? '' : '\n';
    else if (part.nodeType === Node.ELEMENT_NODE) text += written(part);
  }
  return text;
}

/** Without the indentation that all lines share, and without empty lines around. */
export function dedent(text) {
  const lines = text.replace(/\r\n?/g, '\n').split('\n');
  const depths = lines.filter((line) => line.trim()).map((line) => line.length - line.trimStart().length);
  const depth = depths.length ? Math.min(...depths) : 0;
  const rest = lines.map((line) => line.slice(depth)).join('\n').replace(/^(\s*\n)+/, '').trimEnd();
  return rest && `${rest}\n`;
}

/** The YAML in an element, several pieces as one stream; null where there is none. */
export function content(element) {
  let pieces = [...element.querySelectorAll(SCRIPT)].map((script) => script.textContent);
  if (!pieces.length) {
    const codes = [...element.querySelectorAll('pre')].map((pre) => pre.querySelector('code') ?? pre);
    pieces = (codes.length ? codes : [...element.querySelectorAll('code')]).map(written);
  }
  if (!pieces.length) pieces = [written(element)];
  const texts = pieces.map(dedent).filter(Boolean);
  return texts.length ? texts.join('---\n') : null;
}
