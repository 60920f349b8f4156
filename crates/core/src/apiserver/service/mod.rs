//! One request on a Service, from the decoded object to the stored one: `pkg/registry/core/service`.
//!
//! The order is upstream's. A create settles families, takes addresses and ports, and only then validates, so an
//! allocation that fails is the only thing the client hears of.

mod allocate;
mod defaults;
mod families;
mod object;
mod status;
mod update;
mod validate;
mod validate_ips;
mod warnings;

use super::allocator::{Pools, Transaction};
use super::answer::Status;
use super::field::invalid_status;
use super::ip;
use crate::objects::Value;

pub(crate) use object::ServiceObject;

/// A Service that may be stored, with what it has taken and the server's warnings.
pub(crate) struct Accepted {
    /// As stored.
    pub(crate) value: Value,
    /// To be committed once it is stored, or reverted.
    pub(crate) txn: Transaction,
    /// `Warning:` headers.
    pub(crate) warnings: Vec<String>,
}

fn accept(mut service: ServiceObject, txn: Transaction, warnings: Vec<String>) -> Accepted {
    defaults::default_on_read(&mut service);
    super::meta::tidy(&mut service.meta);
    Accepted { value: service.to_value(), txn, warnings }
}

/// A new Service; its metadata is prepared already.
pub(crate) fn create(value: &Value, pools: &mut Pools) -> Result<Accepted, Status> {
    let mut service = ServiceObject::from_value(value);
    defaults::set_defaults(&mut service);
    families::normalize_cluster_ips(&mut service, None);
    let mut txn = Transaction::default();
    if let Err(status) = allocate::allocate_create(&mut service, pools, &mut txn) {
        pools.revert(txn);
        return Err(status);
    }
    service.status = object::empty_status();
    let errors = validate::validate_create(&service);
    if !errors.is_empty() {
        pools.revert(txn);
        return Err(invalid_status("Service", service.name(), &errors));
    }
    let warnings = warnings::warnings(&service);
    Ok(accept(service, txn, warnings))
}

/// A new Service with all that follows from it and the cluster's settings, before it has taken anything.
pub(crate) fn settle(value: &Value, pools: &Pools) -> Value {
    let mut service = ServiceObject::from_value(value);
    defaults::set_defaults(&mut service);
    families::normalize_cluster_ips(&mut service, None);
    // What is refused here would not have been stored; then the families are as far as they came.
    let _ = families::init_ip_families(&mut service, None, pools);
    service.to_value()
}

/// A Service that is written again; `value` is complete, a patch having been applied to it.
pub(crate) fn update(value: &Value, old: &Value, pools: &mut Pools) -> Result<Accepted, Status> {
    let mut new = ServiceObject::from_value(value);
    let old = ServiceObject::from_value(old);
    defaults::set_defaults(&mut new);
    update::patch_allocated_values(&mut new, &old);
    families::normalize_cluster_ips(&mut new, Some(&old));
    let mut txn = Transaction::default();
    if let Err(status) = allocate::allocate_update(&mut new, &old, pools, &mut txn) {
        pools.revert(txn);
        return Err(status);
    }
    new.status = old.status.clone();
    update::drop_type_dependent_fields(&mut new, &old);
    let errors = validate::validate_update(&new, &old);
    if !errors.is_empty() {
        pools.revert(txn);
        return Err(invalid_status("Service", new.name(), &errors));
    }
    let warnings = warnings::warnings(&new);
    Ok(accept(new, txn, warnings))
}

/// A new status for a Service.
pub(crate) fn update_status(value: &Value, old: &Value) -> Result<Accepted, Status> {
    let old = ServiceObject::from_value(old);
    let mut new = ServiceObject::from_value(value);
    defaults::set_defaults(&mut new);
    let mut kept = old.clone();
    kept.status = new.status;
    kept.meta = new.meta;
    let errors = status::validate_status_update(&kept, &old);
    if !errors.is_empty() {
        return Err(invalid_status("Service", kept.name(), &errors));
    }
    let warnings = status::status_warnings(&kept);
    Ok(accept(kept, Transaction::default(), warnings))
}

/// What a deleted Service gives back.
pub(crate) fn released(value: &Value) -> Transaction {
    let mut txn = Transaction::default();
    allocate::release_all(&ServiceObject::from_value(value), &mut txn);
    txn
}

/// Takes note of what a Service that is stored already holds, without any check.
pub(crate) fn note_stored(value: &Value, pools: &mut Pools) {
    let service = ServiceObject::from_value(value);
    for address in service.cluster_ips.iter().chain([&service.cluster_ip]).filter_map(|text| ip::parse_sloppy(text)) {
        pools.ips.note(address);
    }
    for port in allocate::node_ports(&service).into_iter().chain([service.health_check_node_port]) {
        if port != 0 {
            pools.ports.note(port);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::allocator::{IpPool, PortPool};
    use super::*;

    fn pools(ranges: &[&str]) -> Pools {
        let nets: Vec<_> = ranges.iter().map(|range| range.parse().unwrap()).collect();
        Pools { ips: IpPool::new(&nets), ports: PortPool::new((30000, 32767)), seed: 1 }
    }

    fn service(spec: Vec<(&str, Value)>) -> Value {
        let port = Value::object([("port", Value::Int(80))]);
        let spec = [("ports", Value::Array(vec![port]))].into_iter().chain(spec);
        let metadata = Value::object([("name", Value::from("web")), ("namespace", Value::from("default"))]);
        Value::object([("metadata", metadata), ("spec", Value::object(spec))])
    }

    fn with(value: &Value, changes: &[(&str, Value)]) -> Value {
        let mut value = value.clone();
        for (key, change) in changes {
            value.get_mut("spec").unwrap().set(key, change.clone());
        }
        value
    }

    fn word(text: &str) -> Value {
        Value::from(text)
    }

    #[test]
    fn a_failed_allocation_hides_all_other_errors() {
        let bad = Value::object([("port", Value::Int(0)), ("nodePort", Value::Int(80))]);
        let object = with(&service(vec![("type", word("NodePort"))]), &[("ports", Value::Array(vec![bad]))]);
        let status = create(&object, &mut pools(&["10.96.0.0/12"])).err().unwrap();
        assert_eq!(status.causes.len(), 1);
        assert_eq!(status.causes[0].field, "spec.ports[0].nodePort");
    }

    #[test]
    fn a_new_type_drops_what_the_old_one_had_and_frees_it() {
        let mut pools = pools(&["10.96.0.0/12"]);
        let balancer = service(vec![("type", word("LoadBalancer")), ("externalTrafficPolicy", word("Local"))]);
        let first = create(&balancer, &mut pools).ok().unwrap();
        pools.commit(first.txn);
        let port = first.value.at("spec.ports.0.nodePort").and_then(Value::as_int).unwrap();
        let second =
            update(&with(&first.value, &[("type", word("ClusterIP"))]), &first.value, &mut pools).ok().unwrap();
        pools.commit(second.txn);
        for gone in ["healthCheckNodePort", "externalTrafficPolicy", "allocateLoadBalancerNodePorts"] {
            assert!(second.value.at("spec").unwrap().get(gone).is_none(), "{gone}");
        }
        assert!(second.value.at("spec.ports.0.nodePort").is_none());
        assert!(pools.ports.allocate(port).is_ok());
        assert_eq!(second.value.at("spec.clusterIP"), first.value.at("spec.clusterIP"));
    }

    #[test]
    fn a_second_family_comes_and_goes_with_the_policy() {
        let mut pools = pools(&["10.96.0.0/12", "fd00:10:96::/108"]);
        let one = create(&service(Vec::new()), &mut pools).ok().unwrap();
        pools.commit(one.txn);
        let wish = [("ipFamilyPolicy", word("RequireDualStack"))];
        let two = update(&with(&one.value, &wish), &one.value, &mut pools).ok().unwrap();
        pools.commit(two.txn);
        assert_eq!(two.value.at("spec.clusterIPs").unwrap().items().len(), 2);
        let second = two.value.at("spec.clusterIPs.1").unwrap().as_str().unwrap().parse().unwrap();
        let wish = [("ipFamilyPolicy", word("SingleStack"))];
        let back = update(&with(&two.value, &wish), &two.value, &mut pools).ok().unwrap();
        pools.commit(back.txn);
        assert_eq!(back.value.at("spec"), one.value.at("spec"));
        assert!(pools.ips.allocate(second).is_ok());
    }

    #[test]
    fn the_primary_address_stays() {
        let mut pools = pools(&["10.96.0.0/12"]);
        let first = create(&service(Vec::new()), &mut pools).ok().unwrap();
        let status =
            update(&with(&first.value, &[("clusterIP", word("None"))]), &first.value, &mut pools).err().unwrap();
        assert!(status.message.ends_with("Invalid value: [\"None\"]: may not change once set"), "{}", status.message);
    }
}
