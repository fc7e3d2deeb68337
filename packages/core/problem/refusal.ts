import type { RequirementId } from '../requirement/requirement.ts';
import type { ErrorCode } from './code.ts';

/** A decision against somebody, as a value: which requirement asked for it, and why in one sentence. */
export interface Refusal {
	readonly code: ErrorCode;
	readonly requirement: RequirementId;
	readonly reason: string;
}
