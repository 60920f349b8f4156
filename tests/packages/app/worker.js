import init, { World } from 'portolan';
import { ask } from './manifest.js';

init().then(() => postMessage(ask(World)), (error) => postMessage(String(error)));
