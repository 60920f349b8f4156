import { Worker, isMainThread, parentPort } from 'node:worker_threads';
import { World } from 'portolan';
import { ask } from './manifest.js';

if (isMainThread) new Worker(new URL(import.meta.url)).on('message', (answer) => console.log(answer));
else parentPort.postMessage(ask(World));
