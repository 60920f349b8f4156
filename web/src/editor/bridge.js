// The one place where the page's wasm loads other scripts: the editor's bundle, on demand.
export async function load(url, parent, options) {
  const module = await import(url);
  // Before the editor can ask for anything.
  options.words(...module.texts);
  return module.create(parent, options);
}
