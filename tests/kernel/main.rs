//! The engine against the real kernel: the rules that Portolan prints, loaded into network namespaces, and real
//! connections through them.
//!
//! ```text
//! portolan_tests::kernel            clusters as YAML, random ones from a seed, and who calls what in them
//! fixed                             clusters with a name
//! space, lab, servers, load         namespaces with the cluster's addresses, its listeners and its rules
//! flows                             connections, and what became of each
//! oracle, chance, trial             what the engine says, and whether that is what the kernel did
//! wrong, later                      mistakes that must be noticed; what takes time
//! suite                             the tests
//! ```
//!
//! Needs Linux, root, and `ip`, `nft`, `iptables-restore` and `nfacct`: `cargo xtask test --kernel` sees to that. By hand:
//! `PORTOLAN_KERNEL=1 cargo test -p portolan-tests --test kernel -- --clusters 300`.

#[cfg(target_os = "linux")]
mod chance;
#[cfg(target_os = "linux")]
mod fixed;
#[cfg(target_os = "linux")]
mod flows;
#[cfg(target_os = "linux")]
mod lab;
#[cfg(target_os = "linux")]
mod later;
#[cfg(target_os = "linux")]
mod load;
#[cfg(target_os = "linux")]
mod oracle;
#[cfg(target_os = "linux")]
mod servers;
#[cfg(target_os = "linux")]
mod space;
#[cfg(target_os = "linux")]
mod suite;
#[cfg(target_os = "linux")]
mod trial;
#[cfg(target_os = "linux")]
mod wrong;

fn main() -> std::process::ExitCode {
    #[cfg(target_os = "linux")]
    return suite::run();
    #[cfg(not(target_os = "linux"))]
    {
        println!("skipped: this needs a Linux kernel");
        println!("test result: ok. 0 passed; 0 failed; 1 ignored");
        std::process::ExitCode::SUCCESS
    }
}
