import type { ConnectionOptions } from 'node:tls';
import type { Session } from './session.ts';
import type { AttackedSite } from './site.ts';

/** Requests that were all sent at once on one connection, and what came back. */
export interface Pipeline {
	/** Answers so far. */
	answers(): number;
	/** The code of the last refusal; null while nothing was refused. */
	refusal(): string | null;
	/** Resolves at so many answers, or when the connection is over. */
	until(answers: number): Promise<void>;
	/** Whether the connection is over. */
	over(): boolean;
}

/** Opens a connection to the HTTP API and sends the same request so many times, without waiting for an answer. */
export const sendPipelined = async (
	site: Pick<AttackedSite, 'tls' | 'httpsPort'>,
	request: string,
	count: number,
	options: ConnectionOptions = { rejectUnauthorized: false },
): Promise<Pipeline> => {
	const socket = await site.tls(site.httpsPort, options);
	let [answers, refusal, rest] = [0, null as string | null, ''];
	const closed = new Promise<void>((resolve) => void socket.once('close', resolve));
	socket.on('error', () => undefined);
	socket.on('data', (bytes: Buffer) => {
		const text = rest + bytes.toString('latin1');
		const found = text.split('HTTP/1.1 ').length - 1;
		answers += found;
		refusal = /"code":"([a-z0-9-]+)"/.exec(text)?.[1] ?? refusal;
		// A status line may be cut in two.
		rest = text.endsWith('HTTP/1.1 ') ? '' : text.slice(-8);
	});
	socket.write(request.repeat(count));
	return {
		answers: () => answers,
		refusal: () => refusal,
		until: async (wanted) => {
			const enough = new Promise<void>((resolve) => {
				const look = (): void => {
					if (answers >= wanted) resolve();
				};
				socket.on('data', look);
				look();
			});
			await Promise.race([enough, closed]);
		},
		over: () => socket.destroyed,
	};
};

/**
 * Has a device publish one reading after another until the flood is over; how many answers the flood had between a
 * reading and its acknowledgement, at most. Events are counted, so a slow machine counts the same.
 */
export const mostAnsweredBefore = async (
	device: Session,
	flood: Pipeline,
	requests: number,
): Promise<{ readonly most: number; readonly acknowledged: number }> => {
	await flood.until(1);
	let most = 0;
	let acknowledged = 0;
	do {
		const before = flood.answers();
		const { reason, why } = await device.publish('probe-1', [{ time: Date.now() + acknowledged++ }]);
		if (reason !== 0) throw new Error(`the reading was not taken: ${why}`);
		most = Math.max(most, flood.answers() - before);
	} while (!flood.over() && flood.answers() < requests);
	return { most, acknowledged };
};
