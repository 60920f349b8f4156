// Which theme an element stands in: the one it was told or, left to itself, the page's.

const THEMED = '[data-theme], [data-color-scheme], [data-bs-theme]';

/** Whether a colour is dark; nothing for one that lets through what is behind it. */
function isDark(colour) {
  const [r, g, b, a = 1] = (colour.match(/[\d.]+/g) ?? []).map(Number);
  if (b === undefined || a < 0.5) return undefined;
  return 0.2126 * r + 0.7152 * g + 0.0722 * b < 110;
}

/** The page's theme where the element is: said by an attribute, by `color-scheme`, or by what is painted behind. */
function around(element) {
  const said = element.parentElement?.closest(THEMED)?.dataset;
  const name = said && (said.theme ?? said.colorScheme ?? said.bsTheme);
  if (name === 'dark' || name === 'light') return name;
  const scheme = getComputedStyle(element).colorScheme.split(' ').filter((word) => word === 'dark' || word === 'light');
  if (scheme.length === 1) return scheme[0];
  for (let at = element; at; at = at.parentElement ?? at.getRootNode().host) {
    const colour = getComputedStyle(at).backgroundColor;
    const dark = colour.startsWith('rgb') ? isDark(colour) : undefined;
    if (dark !== undefined) return dark ? 'dark' : 'light';
  }
  return matchMedia('(prefers-color-scheme: dark)').matches ? 'dark' : 'light';
}

/** Tells `then` the theme of an element, now and whenever it changes. Returns the end of it; `.again()` looks once more. */
export function follow(element, then) {
  let last;
  const look = () => {
    const told = element.getAttribute('theme');
    const theme = told === 'dark' || told === 'light' ? told : around(element);
    if (theme !== last) then(last = theme);
  };
  let later;
  const soon = () => {
    look();
    // Colours that fade into each other have arrived by then.
    clearTimeout(later);
    later = setTimeout(look, 400);
  };
  const observer = new MutationObserver(soon);
  for (const place of [document.documentElement, document.body, element.parentElement?.closest(THEMED)]) {
    if (place) observer.observe(place, { attributes: true });
  }
  const system = matchMedia('(prefers-color-scheme: dark)');
  system.addEventListener('change', soon);
  look();
  const end = () => {
    clearTimeout(later);
    observer.disconnect();
    system.removeEventListener('change', soon);
  };
  end.again = look;
  return end;
}
