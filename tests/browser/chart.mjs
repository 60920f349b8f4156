// A large cluster for the chart's tests, and a hash that opens it.
import { deflateRawSync } from 'node:zlib';

const NAMES = ['web', 'api', 'cart', 'pay', 'auth', 'search', 'mail', 'img', 'feed', 'ads', 'log', 'geo', 'chat', 'bill', 'user', 'stock', 'push', 'rank', 'ship', 'cdn'];

/** Nodes in zones, Services with a Deployment each, as YAML. */
export function large({ nodes = 100, pods = 500, services = 20, zones = 4 } = {}) {
  const out = [`apiVersion: v1
kind: Node
metadata:
  name: control-plane
  labels: {node-role.kubernetes.io/control-plane: ""}
spec:
  taints: [{key: node-role.kubernetes.io/control-plane, effect: NoSchedule}]
status:
  addresses: [{type: InternalIP, address: 172.30.0.10}]
`];
  for (let i = 1; i < nodes; i += 1) {
    out.push(`apiVersion: v1
kind: Node
metadata:
  name: node-${String(i).padStart(3, '0')}
  labels: {topology.kubernetes.io/zone: zone-${'abcde'[i % zones]}}
status:
  addresses: [{type: InternalIP, address: 172.30.${(i >> 7) + 1}.${(i & 127) + 1}}]
`);
  }
  for (let i = 0; i < services; i += 1) {
    const name = NAMES[i % NAMES.length] + (i < NAMES.length ? '' : i);
    out.push(`apiVersion: v1
kind: Service
metadata: {name: ${name}}
spec:
  type: ${i === 0 ? 'LoadBalancer' : i < 4 ? 'NodePort' : 'ClusterIP'}
  selector: {app: ${name}}
  ports: [{port: 80, targetPort: 8080}]
`, `apiVersion: apps/v1
kind: Deployment
metadata: {name: ${name}}
spec:
  replicas: ${Math.floor(pods / services)}
  selector: {matchLabels: {app: ${name}}}
  template:
    metadata: {labels: {app: ${name}, tier: ${i % 2 ? 'back' : 'front'}}}
    spec:
      containers: [{name: c, image: x, ports: [{containerPort: 8080}]}]
`);
  }
  return out.join('---\n');
}

/** The hash that opens a text, with options such as `rate`. */
export function hash(text, options = {}) {
  const lines = Object.entries(options).map(([key, value]) => `${key}=${value}\n`).join('');
  return `#1.${deflateRawSync(Buffer.from(`${lines}\n${text}`)).toString('base64url')}`;
}
