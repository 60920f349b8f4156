/** What `<portolan-chart>` is to TypeScript: name this file in a reference, or put it beside your own declarations. */

/** One endpoint that could be chosen. */
interface PortolanEndpoint {
  address: string;
  pod?: string;
  node?: string;
  probability: number;
}

/** What becomes of one packet: the document that `portolan trace -o json` prints. */
interface PortolanTrace {
  verdict: 'delivered' | 'rejected' | 'dropped' | 'passed' | 'refused' | 'unresolved' | 'unroutable';
  endpoints: PortolanEndpoint[];
  chosen?: PortolanEndpoint | string | null;
  masqueraded: boolean;
  sourceSeen?: string | null;
  hops: { at: string; action: string; [member: string]: unknown }[];
  /** Where it was not delivered. */
  cause?: { code: string; message: string; field?: string; line?: number };
  /** What the client sees. */
  symptom?: { curl?: number; text?: string };
  [member: string]: unknown;
}

/** What expectations came to: the document that `portolan test --format json` prints. */
interface PortolanTestReport {
  passed: number;
  failed: number;
  results: {
    name: string;
    holds: boolean;
    file: string;
    line: number;
    modes: ('iptables' | 'nftables' | 'ipvs')[];
    failures: { expected: string; found: string; why?: string | null; code?: string | null; field?: string; line?: number; [member: string]: unknown }[];
    [member: string]: unknown;
  }[];
}

/** What is wrong: with the YAML, which then has a line, or with the element itself. */
interface PortolanError {
  message: string;
  line?: number;
  code?: string;
  field?: string;
}

interface PortolanChartEventMap {
  /** There is something to see. */
  ready: CustomEvent<undefined>;
  /** Another packet is shown, or another thing becomes of it. */
  verdict: CustomEvent<PortolanTrace>;
  /** The reader changed the YAML, in the editor or by hand on the chart. */
  change: CustomEvent<{ yaml: string }>;
  /** The YAML is not accepted, or there can be no chart. */
  error: CustomEvent<PortolanError>;
}

interface PortolanChartElement extends HTMLElement {
  /** Resolves when there is something to see; rejects where there will be nothing. */
  readonly ready: Promise<void>;
  /** The YAML that is shown. Setting it is no `change`. */
  yaml: string;
  /** What follows `#` in a link to what is shown. */
  readonly hash: string;
  /** Follows one packet, as `portolan trace --from --to` does; rejects where client or target cannot be understood. */
  trace(from: string, to: string, protocol?: 'TCP' | 'UDP' | 'SCTP'): Promise<PortolanTrace>;
  /**
   * Tries Expectation documents (YAML) against what is shown, and those in it; rejects where they cannot be understood.
   * What comes from the argument has the file `expectations`.
   */
  test(expectations: string): Promise<PortolanTestReport>;
  play(): void;
  pause(): void;
  /** Another time of the run, in simulated milliseconds. */
  seek(ms: number): void;
  /** Who sends, and to what; `undefined` leaves it. Throws where the client cannot be understood. */
  selectPacket(from?: string, to?: string): void;
  addEventListener<K extends keyof PortolanChartEventMap>(
    type: K, listener: (this: PortolanChartElement, event: PortolanChartEventMap[K]) => unknown, options?: boolean | AddEventListenerOptions,
  ): void;
  addEventListener(type: string, listener: EventListenerOrEventListenerObject, options?: boolean | AddEventListenerOptions): void;
  removeEventListener<K extends keyof PortolanChartEventMap>(
    type: K, listener: (this: PortolanChartElement, event: PortolanChartEventMap[K]) => unknown, options?: boolean | EventListenerOptions,
  ): void;
  removeEventListener(type: string, listener: EventListenerOrEventListenerObject, options?: boolean | EventListenerOptions): void;
}

interface HTMLElementTagNameMap {
  'portolan-chart': PortolanChartElement;
}
