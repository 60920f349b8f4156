// The one place where the page's wasm loads other scripts: the editor's bundle, on demand.
export async function load(url, parent, options) {
  const module = await import(url);
  // Before the editor can ask for anything.
  options.words(...module.texts);
  return module.create(parent, options);
}

// Downloads are in the bundle, too: the embedded view has none.
export async function saveText(url, name, type, text) {
  (await import(url)).saveText(name, type, text);
}

export async function saveChart(url, room, png) {
  await (await import(url)).saveChart(room, png);
}
