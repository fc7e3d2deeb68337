import type { ErrorCode } from '../problem/code.ts';

/** Something wrong in a policy, and where: line and column count from 1. */
export interface PolicyFinding {
	readonly code: ErrorCode;
	readonly line: number;
	readonly column: number;
	readonly message: string;
}
