export { failureOf, serveParent, type ToParent } from './child.ts';
export { type Child, ChildLost, startChild } from './parent.ts';
export type { Protocol } from './protocol.ts';
