import { World } from 'portolan';
import { ask } from './manifest.js';

console.log(ask(World));
