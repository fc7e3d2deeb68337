import { Problem } from '@keyward/core';
import type { Inward, Outward, Protocol } from './protocol.ts';

/** The child's end of the channel. */
export interface ToParent<P extends Protocol> {
	tell(event: P['event']): void;
	/** Ends this process once the parent has the event, with exit code 1. */
	fail(event: P['event']): void;
}

/** What was thrown as it can travel: the code and the sentence of a `Problem`, or of a bug. */
export const failureOf = (error: unknown): { readonly code: string; readonly detail: string } =>
	error instanceof Problem ? { code: error.code, detail: error.detail } : { code: 'internal', detail: String(error) };

/**
 * To be called once by the child's program. The process ends when its parent does or lets go of it, and by no signal of a terminal:
 * Ctrl-C reaches the whole group, and the parent decides when what is under way is given up.
 */
export const serveParent = <P extends Protocol>(handlers: {
	readonly answer?: (question: P['question']) => Promise<P['answer']>;
	readonly order?: (order: P['order']) => void;
}): ToParent<P> => {
	const send = (message: Outward<P>, then: () => void = () => {}): void => {
		if (process.connected) process.send?.(message, then);
		else then();
	};
	process.on('message', (message: Inward<P>) => {
		if ('order' in message) {
			handlers.order?.(message.order);
			return;
		}
		const { id, question } = message;
		Promise.resolve(handlers.answer?.(question)).then(
			(answer) => send({ id, answer }),
			(error: unknown) => send({ id, failure: failureOf(error) }),
		);
	});
	process.on('disconnect', () => process.exit(0));
	for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => undefined);
	return {
		tell: (event) => send({ event }),
		fail: (event) => send({ event }, () => process.exit(1)),
	};
};
