export type { Custody } from './custody.ts';
export { isName, namePattern } from './name.ts';
