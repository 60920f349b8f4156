// In Node the module is read from the package's own folder, so that importing is all there is to do.
import { readFileSync } from 'node:fs';
import { initSync } from './portolan.js';

initSync({ module: readFileSync(new URL('./portolan_bg.wasm', import.meta.url)) });

export { World, test, version } from './portolan.js';
// A page must call it and wait; here it is done already.
export default async function init() {}
