//! The programs with which the kernel tests load rules into a real kernel.

use super::{Step, apt_install};
use crate::project::Project;
use crate::sh;

const PROGRAMS: [(&str, &str); 4] =
    [("nft", "nftables"), ("iptables-restore", "iptables"), ("ip", "iproute2"), ("nfacct", "nfacct")];

pub(super) fn missing(project: &Project) -> Option<Step> {
    let absent = |program: &str| {
        let sbin = ["/usr/sbin", "/sbin"].iter().any(|folder| std::path::Path::new(folder).join(program).exists());
        sh::which(&project.path(), program).is_none() && !sbin
    };
    PROGRAMS.iter().any(|(program, _)| absent(program)).then(|| Step {
        name: "nftables, iptables, iproute2 and nfacct".into(),
        takes: "a minute",
        install: |project| apt_install(project, &PROGRAMS.map(|(_, package)| package), "nft, iptables, ip or nfacct"),
    })
}
