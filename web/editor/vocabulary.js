// Completion: the fields and the values that Services, and what stands behind them, are written with.

const FIELDS = {
  '': ['apiVersion', 'kind', 'metadata', 'spec', 'status', 'ports', 'endpoints', 'addressType', 'items', 'mode', 'clusterCIDR', 'networking'],
  metadata: ['name', 'namespace', 'labels', 'annotations'],
  spec: [
    'type', 'selector', 'ports', 'clusterIP', 'clusterIPs', 'externalIPs', 'externalName', 'sessionAffinity', 'sessionAffinityConfig',
    'loadBalancerIP', 'loadBalancerSourceRanges', 'loadBalancerClass', 'externalTrafficPolicy', 'internalTrafficPolicy', 'healthCheckNodePort',
    'publishNotReadyAddresses', 'ipFamilies', 'ipFamilyPolicy', 'allocateLoadBalancerNodePorts', 'trafficDistribution', 'replicas', 'template',
    'serviceName', 'containers', 'nodeName', 'hostNetwork', 'subdomain', 'hostname', 'dnsPolicy', 'dnsConfig', 'podCIDR', 'load', 'events', 'seed',
  ],
  ports: ['name', 'protocol', 'port', 'targetPort', 'nodePort', 'appProtocol', 'containerPort', 'hostPort'],
  selector: ['matchLabels'],
  template: ['metadata', 'spec'],
  containers: ['name', 'image', 'ports', 'readinessProbe'],
  endpoints: ['addresses', 'conditions', 'hostname', 'nodeName', 'zone', 'targetRef', 'hints'],
  conditions: ['ready', 'serving', 'terminating'],
  load: ['from', 'to', 'rate', 'keepAlive', 'protocol'],
};

const VALUES = {
  apiVersion: ['v1', 'apps/v1', 'discovery.k8s.io/v1', 'kubeproxy.config.k8s.io/v1alpha1', 'kubeadm.k8s.io/v1beta4', 'portolan.dev/v1alpha1'],
  kind: ['Service', 'Deployment', 'Pod', 'StatefulSet', 'DaemonSet', 'ReplicaSet', 'EndpointSlice', 'Node', 'Namespace', 'Scenario', 'KubeProxyConfiguration', 'ClusterConfiguration'],
  type: ['ClusterIP', 'NodePort', 'LoadBalancer', 'ExternalName'],
  protocol: ['TCP', 'UDP', 'SCTP'],
  sessionAffinity: ['None', 'ClientIP'],
  externalTrafficPolicy: ['Cluster', 'Local'],
  internalTrafficPolicy: ['Cluster', 'Local'],
  trafficDistribution: ['PreferSameZone', 'PreferSameNode'],
  ipFamilyPolicy: ['SingleStack', 'PreferDualStack', 'RequireDualStack'],
  dnsPolicy: ['ClusterFirst', 'ClusterFirstWithHostNet', 'Default', 'None'],
  addressType: ['IPv4', 'IPv6', 'FQDN'],
  publishNotReadyAddresses: ['true', 'false'],
  mode: ['iptables', 'nftables', 'ipvs'],
};

/** A completion source for CodeMirror: values after `key:`, else fields of the mapping that the cursor is in. */
export function complete(context) {
  const line = context.state.doc.lineAt(context.pos);
  const before = line.text.slice(0, context.pos - line.from);
  const value = /^[\s-]*([A-Za-z]+):\s+([\w./]*)$/.exec(before);
  if (value) {
    const known = VALUES[value[1]];
    return known ? { from: context.pos - value[2].length, options: known.map((label) => ({ label, type: 'enum' })), validFor: /^[\w./]*$/ } : null;
  }
  const field = /^([\s-]*)([A-Za-z]*)$/.exec(before);
  if (!field || (!field[2] && !context.explicit)) return null;
  const known = FIELDS[parent(context.state.doc, line.number, field[1].length)] ?? [];
  return {
    from: context.pos - field[2].length,
    options: known.map((label) => ({ label, apply: `${label}:`, type: 'property' })),
    validFor: /^[A-Za-z]*$/,
  };
}

/** The key of the nearest line above that is indented less. */
function parent(doc, number, indent) {
  for (let n = number - 1; n > 0 && number - n < 400; n--) {
    const text = doc.line(n).text;
    if (/^---/.test(text)) return '';
    const match = /^([\s-]*)([A-Za-z]+):\s*(#.*)?$/.exec(text);
    if (match && match[1].length < indent) return match[2];
  }
  return '';
}
