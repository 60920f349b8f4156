//! Workloads to pods on nodes, EndpointSlices from selectors, addresses from the cloud's load balancer.
