import init, { World } from 'portolan';
import wasm from 'portolan/portolan_bg.wasm';
import { ask } from './manifest.js';

init({ module_or_path: wasm }).then(() => postMessage(ask(World)), (error) => postMessage(String(error)));
