//! What can be typed.

use clap::{Args, Parser, Subcommand, ValueEnum};

const EXAMPLES: &str = "\
Examples:
  portolan check web.yaml
  portolan apply web.yaml -o json
  portolan trace web.yaml --from pod/client --to web:80
  portolan trace web.yaml --from external --to node/worker-1:31000
  portolan trace web.yaml --from laptop --to port-forward/service/web:80
  portolan rules web.yaml --node worker-1 --mode nftables
  portolan dns web.yaml --from pod/client web
  portolan get web.yaml services
  portolan test web.yaml
  portolan simulate web.yaml --from external --to node/worker-1:31000 --duration 10s --seed 7
  kubectl get svc,endpointslices,pods,nodes -A -o yaml | portolan check - --stored";

const TEST_EXAMPLES: &str = "\
Examples:
  portolan test manifests/
  portolan test --together base.yaml expectations.yaml
  portolan test shop.yaml --filter checkout --mode nftables
  kustomize build overlays/prod | portolan test -
  portolan test manifests/ --format junit > report.xml

Exit code 0: all hold; 1: some do not; 2: could not be tried, or there are none.";

const COMPLETION_EXAMPLES: &str = "\
Examples:
  portolan completions bash > ~/.local/share/bash-completion/completions/portolan
  portolan completions zsh > ~/.zfunc/_portolan
  portolan completions fish > ~/.config/fish/completions/portolan.fish";

/// What Kubernetes does with a Service: parsed, stored, routed and explained, without a cluster.
#[derive(Debug, Parser)]
#[command(name = "portolan", version, after_help = EXAMPLES)]
pub(crate) struct Arguments {
    #[command(subcommand)]
    pub(crate) command: Command,
}

/// What is asked.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Parse, validate and diagnose; exit 1 on an error
    #[command(
        after_help = "Examples:\n  portolan check manifests/\n  kustomize build overlays/prod | portolan check -\n  helm template shop ./chart | portolan check -"
    )]
    Check(Check),
    /// Print the objects as stored: defaults, allocations, slices, pods; text is YAML after the server's answers
    #[command(after_help = "Examples:\n  portolan apply web.yaml -o json\n  portolan apply web.yaml --marks")]
    Apply(Apply),
    /// Follow one packet, or many
    #[command(
        after_help = "Examples:\n  portolan trace web.yaml --from pod/client --to web:80\n  portolan trace web.yaml --from external --to node/worker-1:31000 -o json"
    )]
    Trace(Trace),
    /// Print the rules that kube-proxy writes on a node
    #[command(after_help = "Examples:\n  portolan rules web.yaml --node worker-1 --mode nftables")]
    Rules(Rules),
    /// Ask CoreDNS, as the resolver of a pod would
    #[command(
        after_help = "Examples:\n  portolan dns web.yaml --from pod/client web\n  portolan dns web.yaml --from pod/client web SRV"
    )]
    Dns(Dns),
    /// Run simulated traffic and count
    #[command(
        after_help = "Examples:\n  portolan simulate web.yaml --from pod/client --to web:80 --duration 10s --seed 7"
    )]
    Simulate(Simulate),
    /// Print the table that kubectl prints
    #[command(after_help = "Examples:\n  portolan get web.yaml services\n  portolan get web.yaml pods -A -o wide")]
    Get(Get),
    /// Try the Expectation documents among the manifests; exit 1 where one does not hold
    #[command(after_help = TEST_EXAMPLES)]
    Test(Test),
    /// Print the completions of a shell
    #[command(after_help = COMPLETION_EXAMPLES)]
    Completions(Completions),
    /// Print the manual page
    Man,
}

/// Arguments of `test`.
#[derive(Args, Debug)]
pub(crate) struct Test {
    /// Files, directories (all *.yaml and *.yml in them), or - for standard input; each file is a cluster of its own
    #[arg(required = true, value_name = "FILE")]
    pub(crate) files: Vec<String>,
    /// The files of a directory are one cluster, and so are all the files that are named
    #[arg(long)]
    pub(crate) together: bool,
    /// Only expectations with this in their names
    #[arg(long, value_name = "TEXT", default_value = "")]
    pub(crate) filter: String,
    /// The form of the answer
    #[arg(long, value_enum, default_value_t)]
    pub(crate) format: TestFormat,
    /// No expectation at all is fine, too
    #[arg(long)]
    pub(crate) allow_empty: bool,
    #[command(flatten)]
    pub(crate) load: Load,
}

/// The form of the answer of `test`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum TestFormat {
    #[default]
    Plain,
    Tap,
    Junit,
    Json,
}

/// Arguments of `completions`.
#[derive(Args, Debug)]
pub(crate) struct Completions {
    /// The shell
    #[arg(value_enum)]
    pub(crate) shell: clap_complete::Shell,
}

/// Which manifests, and how they are taken.
#[derive(Args, Debug)]
pub(crate) struct Load {
    /// Objects are as already stored (a cluster dump): no validation, no defaulting, given slices win
    #[arg(long)]
    pub(crate) stored: bool,
    /// Give Services that select nothing three pods that answer
    #[arg(long)]
    pub(crate) demo_pods: bool,
    /// No cloud hands out load-balancer addresses
    #[arg(long)]
    pub(crate) no_load_balancers: bool,
    /// kube-proxy's mode, instead of what the input says
    #[arg(long, value_enum)]
    pub(crate) mode: Option<Mode>,
    /// The seed of everything random
    #[arg(long, default_value_t = 0)]
    pub(crate) seed: u64,
}

/// What every command takes.
#[derive(Args, Debug)]
pub(crate) struct Common {
    #[command(flatten)]
    pub(crate) load: Load,
    /// The form of the answer
    #[arg(short, long, value_enum, default_value_t)]
    pub(crate) output: Format,
}

/// kube-proxy's modes.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub(crate) enum Mode {
    Iptables,
    Nftables,
    Ipvs,
}

/// The form of the answer.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    #[default]
    Text,
    Json,
    Yaml,
    /// `get` only: the table with more columns
    Wide,
}

/// Arguments of `check`.
#[derive(Args, Debug)]
pub(crate) struct Check {
    /// Files, or - for standard input
    #[arg(required = true, value_name = "FILE")]
    pub(crate) files: Vec<String>,
    #[command(flatten)]
    pub(crate) common: Common,
}

/// Arguments of `apply`.
#[derive(Args, Debug)]
pub(crate) struct Apply {
    /// Files, or - for standard input
    #[arg(required = true, value_name = "FILE")]
    pub(crate) files: Vec<String>,
    /// In the text, say behind each line of an object of the input who put it there, unless it was typed
    #[arg(long)]
    pub(crate) marks: bool,
    #[command(flatten)]
    pub(crate) common: Common,
}

/// Arguments of `trace`.
#[derive(Args, Debug)]
pub(crate) struct Trace {
    /// Files, or - for standard input
    #[arg(required = true, value_name = "FILE")]
    pub(crate) files: Vec<String>,
    /// Who sends: pod/[NS/]NAME, node/NAME, external[/ADDR], addr/ADDR@NODE, laptop
    #[arg(long, value_name = "CLIENT", required_unless_present = "flows")]
    pub(crate) from: Option<String>,
    /// To what: ADDR:PORT, DNSNAME:PORT, svc/[NS/]NAME:PORT, lb/[NS/]NAME:PORT, node/NAME:PORT,
    /// port-forward/{pod,deployment,service}/[NS/]NAME:PORT
    #[arg(long, value_name = "TARGET", required_unless_present = "flows")]
    pub(crate) to: Option<String>,
    /// TCP, UDP or SCTP
    #[arg(long, default_value = "TCP", ignore_case = true)]
    pub(crate) protocol: String,
    /// Many packets: {"node": NODE, "flows": [{"sourceIP","destIP","destPort","protocol","node"?}]}
    #[arg(long, value_name = "FLOWS.json", conflicts_with_all = ["from", "to"])]
    pub(crate) flows: Option<String>,
    #[command(flatten)]
    pub(crate) common: Common,
}

/// Arguments of `rules`.
#[derive(Args, Debug)]
pub(crate) struct Rules {
    /// Files, or - for standard input
    #[arg(required = true, value_name = "FILE")]
    pub(crate) files: Vec<String>,
    /// Whose rules
    #[arg(long, value_name = "NODE")]
    pub(crate) node: String,
    #[command(flatten)]
    pub(crate) common: Common,
}

/// Arguments of `dns`.
#[derive(Args, Debug)]
pub(crate) struct Dns {
    /// Files (or - for standard input), then the name, then perhaps a record type (A, AAAA, CNAME, SRV, PTR,
    /// TXT, NS, SOA, MX, ANY)
    #[arg(required = true, value_name = "FILE... QNAME [TYPE]", num_args = 1..)]
    pub(crate) words: Vec<String>,
    /// Who asks: pod/[NS/]NAME, node/NAME, external
    #[arg(long, value_name = "CLIENT")]
    pub(crate) from: String,
    #[command(flatten)]
    pub(crate) common: Common,
}

/// Arguments of `simulate`.
#[derive(Args, Debug)]
pub(crate) struct Simulate {
    /// Files, or - for standard input
    #[arg(required = true, value_name = "FILE")]
    pub(crate) files: Vec<String>,
    /// How long, in simulated time: 10s, 500ms, 2m; otherwise as the Scenario says, or 10s
    #[arg(long, value_name = "DURATION")]
    pub(crate) duration: Option<String>,
    /// Who sends, where the input has no Scenario: as --from of trace
    #[arg(long, value_name = "CLIENT")]
    pub(crate) from: Option<String>,
    /// To what, where the input has no Scenario: as --to of trace
    #[arg(long, value_name = "TARGET")]
    pub(crate) to: Option<String>,
    /// Requests a second, where the input has no Scenario
    #[arg(long, default_value_t = 10.0)]
    pub(crate) rate: f64,
    #[command(flatten)]
    pub(crate) common: Common,
}

/// Arguments of `get`.
#[derive(Args, Debug)]
pub(crate) struct Get {
    /// Files (or - for standard input), then the kind
    #[arg(required = true, value_name = "FILE... KIND", num_args = 1..)]
    pub(crate) words: Vec<String>,
    /// One namespace
    #[arg(short, long, default_value = "default")]
    pub(crate) namespace: String,
    /// All namespaces
    #[arg(short = 'A', long)]
    pub(crate) all_namespaces: bool,
    #[command(flatten)]
    pub(crate) common: Common,
}
