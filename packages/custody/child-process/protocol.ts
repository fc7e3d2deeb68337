/**
 * What a process and its child say to each other, over the IPC channel alone: nothing goes by command line or environment, which other
 * users of the machine may read. Bytes travel as Uint8Array (structured clone).
 */
export interface Protocol {
	/** Asked of the child, each answered once. */
	readonly question: unknown;
	readonly answer: unknown;
	/** Told to the child, without an answer. */
	readonly order: unknown;
	/** Told by the child, unasked. */
	readonly event: unknown;
}

/** To the child. */
export type Inward<P extends Protocol> =
	| { readonly id: number; readonly question: P['question'] }
	| { readonly order: P['order'] };

/** From the child. `failure` is a `Problem`, whose class does not travel. */
export type Outward<P extends Protocol> =
	| { readonly id: number; readonly answer: P['answer'] }
	| { readonly id: number; readonly failure: { readonly code: string; readonly detail: string } }
	| { readonly event: P['event'] };
