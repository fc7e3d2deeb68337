// Spans, units and nearly right names as people write them, for programs that read no policy: its parser is a hundred modules.

export { didYouMean, nearest } from './nearest.ts';
export { closeSpan, parseSpan, printSpan, roughSpan } from './span.ts';
export { isUnit } from './unit.ts';
export { unitHint } from './unit-hint.ts';
export { convertUnit } from './unit-scale.ts';
