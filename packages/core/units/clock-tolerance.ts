import { type Milliseconds, seconds } from './milliseconds.ts';

/** How far ahead of ours a device's clock may be where neither the policy (record-kept) nor the site says. */
export const defaultClockTolerance: Milliseconds = seconds(60);
