import init, { World } from 'portolan';
import { ask } from './manifest.js';

await init();
window.here = ask(World);
const worker = new Worker(new URL('./worker.js', import.meta.url), { type: 'module' });
worker.onmessage = ({ data }) => { window.there = data; };
