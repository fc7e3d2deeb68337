export { serveWitness, type Witness } from './serve-witness.ts';
export { makeWitness, openWitness, trustLogs } from './witness-folder.ts';
