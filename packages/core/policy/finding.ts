import type { ErrorCode } from '../problem/code.ts';

/** Something wrong in a document, and where: line and column count from 1. */
export interface DocumentFinding {
	readonly code: ErrorCode;
	readonly line: number;
	readonly column: number;
	readonly message: string;
}
