/**
 * What ends a line: `lf` a line feed, with or without a carriage return before it; `cr` a carriage return, with or without a line
 * feed after it; `any` each of them.
 */
export type LineEnd = 'lf' | 'cr' | 'any';

/**
 * How an input begins and ends: with whole lines; `cut`: perhaps within one, as a serial port does; `cut-at-end`: as what a program
 * or a logger writes, which can stop within one.
 */
export type InputEnds = 'whole' | 'cut' | 'cut-at-end';
