//! The names of chains and sets, as in `pkg/proxy/iptables/proxier.go` and `pkg/proxy/nftables/proxier.go`.

use std::fmt;

use super::sha256::base32_of_hash;
use crate::net::{Addr, Protocol};
use crate::objects::ObjectRef;

/// Names one port of a Service, as upstream's ServicePortName.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct ServicePortName {
    /// The Service.
    pub service: ObjectRef,
    /// The port's name; empty where there is only one.
    pub port: String,
    /// The protocol.
    pub protocol: Protocol,
}

impl fmt::Display for ServicePortName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.service.namespace, self.service.name)?;
        if self.port.is_empty() { Ok(()) } else { write!(f, ":{}", self.port) }
    }
}

impl ServicePortName {
    fn iptables_chain(&self, prefix: &str, endpoint: &str) -> String {
        let hash = base32_of_hash(&format!("{self}{}{endpoint}", self.protocol.lower()), 16);
        format!("{prefix}{hash}")
    }

    /// `KUBE-SVC-...`: the endpoints of policy Cluster.
    pub fn svc_chain(&self) -> String {
        self.iptables_chain("KUBE-SVC-", "")
    }

    /// `KUBE-SVL-...`: the endpoints of policy Local.
    pub fn svl_chain(&self) -> String {
        self.iptables_chain("KUBE-SVL-", "")
    }

    /// `KUBE-EXT-...`: what comes to external addresses and node ports.
    pub fn ext_chain(&self) -> String {
        self.iptables_chain("KUBE-EXT-", "")
    }

    /// `KUBE-FW-...`: what comes to balancer addresses with source ranges.
    pub fn fw_chain(&self) -> String {
        self.iptables_chain("KUBE-FW-", "")
    }

    /// `KUBE-SEP-...`: one endpoint.
    pub fn sep_chain(&self, endpoint: &Addr) -> String {
        self.iptables_chain("KUBE-SEP-", &endpoint.to_string())
    }

    fn nft_path(&self) -> String {
        format!("{}/{}/{}/{}", self.service.namespace, self.service.name, self.protocol.lower(), self.port)
    }

    /// The common part of the nftables chains of this port: `PFISGYVC-default/web/tcp/`. Put `service-`, `local-`,
    /// `external-` or `firewall-` before it.
    pub fn nft_base(&self) -> String {
        hash_and_truncate(&self.nft_path())
    }

    /// The common part of the nftables names of one endpoint, after `endpoint-` and `affinity-`.
    pub fn nft_endpoint_base(&self, endpoint: &Addr) -> String {
        let ip = endpoint.ip.to_string().replace(':', ".");
        hash_and_truncate(&format!("{}__{ip}/{}", self.nft_path(), endpoint.port))
    }
}

/// nftables allows 256 characters, of which 16 are kept for the prefix.
const NFT_BASE_MAX: usize = 240;

fn hash_and_truncate(name: &str) -> String {
    let mut base = format!("{}-{name}", base32_of_hash(name, 8));
    if base.len() > NFT_BASE_MAX {
        // Kubernetes' names are ASCII; for anything else the cut moves to a character's edge.
        let mut cut = NFT_BASE_MAX - 3;
        while !base.is_char_boundary(cut) {
            cut -= 1;
        }
        base.truncate(cut);
        base.push_str("...");
    }
    base
}

#[cfg(test)]
mod tests {
    use super::*;

    fn name(service: &str, port: &str) -> ServicePortName {
        ServicePortName { service: ObjectRef::new("default", service), port: port.into(), protocol: Protocol::Tcp }
    }

    #[test]
    fn chain_names_are_those_that_a_real_proxy_writes() {
        let web = name("web", "");
        assert_eq!(web.svc_chain(), "KUBE-SVC-LOLE4ISW44XBNF3G");
        assert_eq!(name("kubernetes", "https").svc_chain(), "KUBE-SVC-NPX46M4PTMTKRN6Y");
        let endpoint = Addr::new("10.244.1.5".parse().unwrap(), 8080);
        assert_eq!(web.sep_chain(&endpoint), "KUBE-SEP-XQWD6PXGZUTOOIVQ");
        assert_eq!(web.nft_base(), "PFISGYVC-default/web/tcp/");
        assert_eq!(name("kubernetes", "https").nft_base(), "2QRHZV4L-default/kubernetes/tcp/https");
        assert_eq!(web.nft_endpoint_base(&endpoint), "T6OEKE6Q-default/web/tcp/__10.244.1.5/8080");
    }

    #[test]
    fn a_name_too_long_for_nftables_is_cut() {
        let long = ServicePortName { port: "é".repeat(200), ..name("web", "") };
        let base = long.nft_base();
        assert!(base.len() <= 240 && base.ends_with("..."), "{base}");
    }
}
