import type { TestContext } from 'node:test';
import type { Room } from './room.ts';
import type { Feature, Standard, StatementId } from './statement.ts';

/** One test of the suite: what it shows, and of which statements. */
export interface Case {
	readonly name: string;
	/** Statements that it holds the service to. */
	readonly holds: readonly StatementId[];
	/** Features that it sees refused. */
	readonly refuses?: readonly Feature[];
	run(t: TestContext, room: Room): Promise<void>;
}

const ids =
	(standard: Standard) =>
	(...numbers: readonly string[]): StatementId[] =>
		numbers.map((number) => `${standard}:${number}` as const);

export const mqtt5 = ids(5);
export const mqtt311 = ids(311);

/** Both protocol levels, for what both standards say. */
export const versions = [5, 4] as const;
