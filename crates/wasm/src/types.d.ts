/** A text and what it is called. */
export interface Input { name: string; text: string }

/** What kube-proxy works with. */
export type ProxyMode = "iptables" | "nftables" | "ipvs";

/** How the input is taken. */
export interface LoadOptions {
  /** Objects are as already stored (a cluster dump): no validation, no defaulting, given slices win. */
  stored?: boolean;
  /** Services whose selector nothing matches get pods that answer. */
  demoPods?: boolean;
  /** False: no cloud hands out load-balancer addresses. */
  loadBalancers?: boolean;
  /** kube-proxy's mode, instead of what the input says. */
  mode?: ProxyMode;
  /** The seed of allocations and names. */
  seed?: number;
}

export interface Edit { line: number; column: number; endLine: number; endColumn: number; text: string }
export interface Fix { title: string; edits: Edit[] }

/** One thing said about the input. Lines and columns start at 1; columns count UTF-16 code units. */
export interface Diagnostic {
  severity: "error" | "warning" | "info";
  code: string;
  source: "yaml" | "decode" | "apiserver" | "portolan";
  reason: string | null;
  field: string | null;
  message: string;
  help: string | null;
  document: number;
  file: string;
  line: number;
  column: number;
  endLine: number;
  endColumn: number;
  fixes: Fix[];
}

/** A stored Kubernetes object, as the API prints it. */
export type KubernetesObject = Record<string, unknown>;

export interface CheckReport { diagnostics: Diagnostic[]; objects: KubernetesObject[] }

export interface Status {
  code: number;
  reason: string;
  message: string;
  causes: { reason: string; field: string; message: string }[];
}

/** What the API server answered to one object of the stream. */
export interface ApplyResult {
  document: number;
  kind: string;
  namespace: string;
  name: string;
  accepted: boolean;
  object?: KubernetesObject;
  /** Of an accepted object: the fields that are not stored as they were typed. */
  added?: AddedField[];
  status?: Status;
  notModelled?: true;
  warnings: string[];
}

/** A field that the server filled in, changed or left out. */
export interface AddedField {
  /** As the server names it: `spec.ports[0].nodePort`. */
  field: string;
  /** default: by a rule; allocated: an address or a port; system: book-keeping; kept: as it was before an update;
   *  changed: typed in other words; dropped: typed and not stored. */
  by: "default" | "allocated" | "system" | "kept" | "changed" | "dropped";
  /** The value as it was typed, where it was. */
  typed?: string;
}

export interface ApplyReport { results: ApplyResult[]; objects: KubernetesObject[] }

export type Protocol = "TCP" | "UDP" | "SCTP";

export interface TraceRequest {
  /** pod/[NS/]NAME, node/NAME, external[/ADDR], addr/ADDR@NODE, laptop */
  from: string;
  /** ADDR:PORT, DNSNAME:PORT, svc/[NS/]NAME:PORT, lb/[NS/]NAME:PORT, node/NAME:PORT,
   *  port-forward/{pod,deployment,service}/[NS/]NAME:PORT */
  to: string;
  protocol?: Protocol;
  /** Picks the endpoint. */
  seed?: number;
}

export type Verdict =
  "delivered" | "rejected" | "dropped" | "passed" | "refused" | "unresolved" | "unroutable";

export interface Candidate { address: string; pod: string | null; node: string | null; probability: number }
export interface Tuple { src: string; dst: string }

/** A line of the rule text: its table as nft calls it (`ip nat`), its chain, set or map, and the line itself. */
export interface Rule { table: string; chain: string; rule: string }

export interface Hop {
  at: string;
  action: string;
  before: Tuple | null;
  after: Tuple | null;
  /** The rule that decided. */
  rule?: string;
  /** At a proxy that decided: every rule that matched and had a part in it, in order, with where it stands. */
  rules?: Rule[];
  field?: string;
  object?: string;
  line?: number | null;
  note: string;
}

/** What became of one packet. */
export interface Route {
  verdict: Verdict;
  protocol: Protocol;
  endpoints: Candidate[];
  chosen: Candidate | null;
  masqueraded: boolean;
  sourceSeen: string | null;
  service?: { namespace: string; name: string; port: string };
  cause?: { code: string; message: string; field: string | null; line: number | null; object?: string };
  symptom: { curl: number; text: string };
}

/** What became of one packet, and its way there and back. */
export interface Trace extends Route { hops: Hop[]; reply: Hop[] }

export interface Flow { sourceIP: string; destIP: string; destPort: number; protocol?: Protocol; node?: string }

export interface SimulateOptions {
  /** Simulated time: "10s", "500ms"; otherwise as the Scenario says, or 10s. */
  duration?: string;
  /** Who sends, where the input has no Scenario. */
  from?: string;
  /** To what, where the input has no Scenario. */
  to?: string;
  /** Requests a second, where the input has no Scenario. */
  rate?: number;
  seed?: number;
}

/** The rules of one node: what iptables-save, `nft list ruleset` or `ipvsadm -S -n` prints there. */
export interface RulesReport { node: string; mode: ProxyMode; rules: string }

export interface DnsRecord { name: string; ttl: number; type: string; data: string }

/** One question that the resolver sent, and the server's answer. NODATA is NOERROR without a record. */
export interface DnsQuery {
  name: string;
  type: string;
  rcode: string;
  nodata: boolean;
  answer: DnsRecord[];
  additional?: DnsRecord[];
  /** The name that somebody outside of the cluster is asked for next. */
  outside?: string;
}

/** A look-up: the client's resolv.conf, each question it sent in order, and what came of it. */
export interface DnsReport {
  resolvConf: { nameservers: string[]; search: string[]; ndots: number; text: string };
  queries: DnsQuery[];
  outcome: "resolved" | "external" | "records" | "NXDOMAIN" | "NODATA";
  /** The name that had the answer. */
  name?: string;
  addresses: string[];
}

/** From sending to the answer, in microseconds. */
export interface Latency { p50: number; p90: number; p99: number; max: number }

/** How requests ended; a Service's `sent` counts attempts. */
export interface Counts {
  sent: number;
  attempts: number;
  /** Due, and never sent: nothing of the client's pool was free in time. */
  unsent: number;
  connections: number;
  delivered: number;
  rejected: number;
  dropped: number;
  passed: number;
  refused: number;
  unresolved: number;
  unroutable: number;
  /** Not ended yet. */
  pending: number;
  latency: Latency;
}

/** An endpoint's share of the connections, and what chance allows: `low` to `high` around `expected`. */
export interface Share {
  address: string;
  pod: string | null;
  node: string | null;
  connections: number;
  share: number;
  expected: number;
  low: number;
  high: number;
}

/** Numbers over time, one for each stretch; those that are always 0 are left out. */
export interface SeriesLine {
  from?: string;
  to?: string;
  namespace?: string;
  name?: string;
  port?: string;
  sent: number[];
  delivered: number[];
  rejected?: number[];
  dropped?: number[];
  passed?: number[];
  refused?: number[];
  unresolved?: number[];
  unroutable?: number[];
  p50: (number | null)[];
  p90: (number | null)[];
  p99: (number | null)[];
}

/** What a run of traffic came to. Times are microseconds of simulated time. */
export interface SimulationReport {
  seed: number;
  duration: number;
  clients: { name: string; from: string; to: string; counts: Counts }[];
  services: { namespace: string; name: string; port: string; counts: Counts; endpoints: Share[] }[];
  series: { width: number; lines: SeriesLine[] };
  log: { at: number; text: string }[];
}

/** Something that is otherwise than expected. */
export interface TestFailure {
  expected: string;
  found: string;
  why: string | null;
  /** The code of the cause, such as no-endpoints. */
  code: string | null;
  /** In which modes of kube-proxy it is so. */
  modes: ProxyMode[];
  /** The field behind it, and where it stands. */
  field?: string;
  file?: string;
  line?: number;
}

/** One expectation, and whether it holds: in each of the modes, where they matter. */
export interface TestResult {
  name: string;
  holds: boolean;
  file: string;
  line: number;
  column: number;
  modes: ProxyMode[];
  failures: TestFailure[];
}

export interface TestReport { passed: number; failed: number; results: TestResult[] }
