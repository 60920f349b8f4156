/// <reference path="./portolan-chart.d.ts" />
export async function watch(): Promise<string> {
  const chart = document.querySelector('portolan-chart');
  if (!chart) return '';
  await chart.ready;
  chart.addEventListener('verdict', ({ detail }) => console.log(detail.verdict, detail.hops.map((hop) => hop.action)));
  chart.addEventListener('change', ({ detail }) => { chart.yaml = detail.yaml; });
  chart.addEventListener('error', ({ detail }) => console.warn(detail.message, detail.line));
  chart.addEventListener('click', (event) => event.preventDefault());
  document.createElement('portolan-chart').setAttribute('example', 'node-port');
  chart.play();
  chart.pause();
  chart.seek(4000);
  chart.selectPacket('pod/client', 'web:80');
  // @ts-expect-error: a change has no verdict.
  chart.addEventListener('change', ({ detail }) => detail.verdict);
  // @ts-expect-error: the hash is read.
  chart.hash = '';
  // @ts-expect-error: no such protocol.
  await chart.trace('external', 'web:80', 'ICMP');
  const trace = await chart.trace('external', 'node/worker-1:31000');
  return trace.verdict === 'delivered' ? chart.hash : trace.cause?.message ?? '';
}
