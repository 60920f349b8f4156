// The npm package in plain Node: how long until the first verdict, and what one question costs across the boundary.
// `cargo xtask bench` runs it.
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { line, median, quantile } from './table.mjs';

const manifest = readFileSync(join(import.meta.dirname, '../cases/traces/shop.yaml'), 'utf8');
const request = { from: 'external', to: 'node/worker-1:31000', seed: 1 };
// Processor time: a busy machine does not stretch it.
const clock = () => {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
};
const start = performance.now();
const folder = process.env.PORTOLAN_PACKAGE;
const { exports } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
const { World } = await import(pathToFileURL(join(folder, exports['.'].node)).href);
const first = new World(manifest);
const { verdict } = first.trace(request);
const took = performance.now() - start;

if (process.argv[2] === 'first') {
  console.log(verdict, took);
} else {
  const runs = Array.from({ length: 7 }, () => {
    const printed = execFileSync(process.execPath, [fileURLToPath(import.meta.url), 'first'], { encoding: 'utf8' });
    return Number(printed.split(' ')[1]);
  });
  console.log(line('package', 'import to first verdict, median of 7 processes', median(runs), 'ms', 50));

  const text = readFileSync(process.env.PORTOLAN_FIFTY, 'utf8');
  const keystrokes = Array.from({ length: 200 }, (_, run) => {
    const typed = text.replace('name: app-7', `name: app-7${run % 10}`);
    const start = clock();
    const world = new World(typed);
    world.check();
    const took = clock() - start;
    world.free();
    return took;
  });
  console.log(line('package', '50 documents: new World and check, median', median(keystrokes), 'ms', 8));
  console.log(line('package', '50 documents: new World and check, p99', quantile(keystrokes, 0.99), 'ms', 16));

  const world = new World(text);
  const count = 5000;
  const begin = clock();
  for (let seed = 0; seed < count; seed += 1) world.trace({ from: 'external', to: 'svc/app-7:80', seed });
  console.log(line('package', 'one full trace through the boundary', ((clock() - begin) / count) * 1000, 'us', 5));
  const flow = { sourceIP: '10.244.1.9', destIP: '10.96.0.10', destPort: 53, protocol: 'UDP' };
  const flows = Array.from({ length: count }, () => flow);
  const again = clock();
  world.flows('worker-1', flows);
  console.log(line('package', 'one of 5,000 flows asked for at once', ((clock() - again) / count) * 1000, 'us', 5));
}
