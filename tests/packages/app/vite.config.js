// A worker that is a module may wait at its top.
export default { base: './', logLevel: 'warn', build: { target: 'esnext' }, worker: { format: 'es' } };
