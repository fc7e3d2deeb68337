import type { Allowed } from '@keyward/core/authorize';
import type { OperationName, Operations } from '@keyward/contract';

/** How operations are answered once `authorize` allowed the call. Each throws `Problem` with the code that the caller is told. */
export type Answers<Name extends OperationName = OperationName> = {
	readonly [N in Name]: (input: Operations[N]['input'], allowed: Allowed) => Promise<Operations[N]['output']>;
};
