import { type OperationName, operations } from '@keyward/contract';
import type { OperationRule } from '@keyward/core/authorize';

/** What a listener knows of an operation: plain data, so that the main thread, which has the contract, gives it to the listeners' threads. */
export interface OperationEntry extends OperationRule {
	readonly name: OperationName;
	/** JSON Schema of what it is asked with. */
	readonly input: object;
	/** It changes nothing: no key makes a repetition of it another call. */
	readonly isSafe: boolean;
}

/** Every operation, by its name. */
export type OperationEntries = ReadonlyMap<string, OperationEntry>;

export const operationEntries = (): OperationEntries =>
	new Map(
		Object.values(operations).map((operation) => {
			const { name, callers, input } = operation;
			return [name, { name, callers, input, isSafe: 'safe' in operation }];
		}),
	);
