/**
 * What ends a line: `lf` a line feed, with or without a carriage return before it; `cr` a carriage return, with or without a line
 * feed after it; `any` each of them.
 */
export type LineEnd = 'lf' | 'cr' | 'any';
