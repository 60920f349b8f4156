// esbuild follows imports only: the module's address is imported, and given to `init`.
import init, { World } from 'portolan';
import wasm from 'portolan/portolan_bg.wasm';
import { ask } from './manifest.js';

await init({ module_or_path: wasm });
window.here = ask(World);
const worker = new Worker('./worker.esbuild.js', { type: 'module' });
worker.onmessage = ({ data }) => { window.there = data; };
