import type { OperationName, Operations } from '@keyward/core/port';
import type { Caller } from '../api/rpc.ts';

/** How the committer's side answers operations. Each throws `Problem` with the code that the caller is told. */
export type Answers<Name extends OperationName = OperationName> = {
	readonly [N in Name]: (input: Operations[N]['input'], caller: Caller) => Promise<Operations[N]['output']>;
};
