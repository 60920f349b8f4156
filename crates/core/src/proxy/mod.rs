//! One node's kube-proxy: service ports to endpoints to verdict, for each mode, from one representation.
