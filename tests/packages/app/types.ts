import init, { World, type Diagnostic, type Trace, type Verdict } from 'portolan';

export async function verdictOf(yaml: string): Promise<Verdict> {
  await init();
  const world = new World(yaml, { mode: 'nftables', seed: 7 });
  const errors: Diagnostic[] = world.check().diagnostics.filter((one) => one.severity === 'error');
  if (errors.length > 0) throw new Error(errors[0].message);
  const rules: string = world.rules('worker-1', 'iptables').rules;
  const rcode: string = world.dns('pod/client', 'web').queries[0].rcode;
  const p99: number = world.simulate({ duration: '1s' }).clients[0].counts.latency.p99;
  const trace: Trace = world.trace({ from: 'pod/client', to: 'web:80' });
  // @ts-expect-error: a text is no request.
  world.trace('web:80');
  // @ts-expect-error: no such mode.
  world.rules('worker-1', 'ebpf');
  return rules && rcode && p99 >= 0 ? trace.verdict : 'dropped';
}
