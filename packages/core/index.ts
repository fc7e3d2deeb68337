export { type ErrorCode, errorCodes } from './problem/code.ts';
export { codeOfStatus, mayPass, statusOf } from './problem/http-status.ts';
export { Problem } from './problem/problem.ts';
export type { Refusal } from './problem/refusal.ts';
export { type Bytes, bytes } from './units/bytes.ts';
export { defaultClockTolerance } from './units/clock-tolerance.ts';
export { type Instant, instant } from './units/instant.ts';
export { days, hours, type Milliseconds, milliseconds, minutes, seconds } from './units/milliseconds.ts';
export { writtenInstant } from './units/written-instant.ts';
