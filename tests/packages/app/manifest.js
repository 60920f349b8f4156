export const manifest = `
apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec:
  replicas: 2
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec: {containers: [{name: web, image: web, ports: [{containerPort: 8080}]}]}
---
apiVersion: v1
kind: Service
metadata: {name: web}
spec: {type: NodePort, selector: {app: web}, ports: [{port: 80, targetPort: 8080, nodePort: 31000}]}
---
apiVersion: v1
kind: Pod
metadata: {name: client}
spec: {containers: [{name: client, image: client}]}
`;

/** What the tests look for: through the node port, and inside by name. */
export function ask(World) {
  const world = new World(manifest);
  const outside = world.trace({ from: 'external', to: 'node/worker-1:31000', seed: 1 });
  const inside = world.trace({ from: 'pod/client', to: 'web:80', seed: 1 });
  return `${outside.verdict} ${inside.verdict} ${inside.chosen.pod.startsWith('default/web-')}`;
}
