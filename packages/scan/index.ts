export { givenPath } from './given-path.ts';
export type { Limits } from './content/limits.ts';
export type { Passwords } from './locked/open.ts';
export type { Outcome, Outcomes } from './outcome.ts';
export { printable } from './text/printable.ts';
export type { ScanProblem } from './problem.ts';
export { scan, type Scanned, type ScanOptions, type ScanProgress } from './scan.ts';
export { sharedFactorsInThreads } from './shared-factors.ts';
