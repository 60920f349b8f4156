//! What CoreDNS answers, and what the resolver of the pod that asks makes of it.
