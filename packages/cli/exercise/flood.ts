import { Agent, request } from 'node:https';

/** What a stranger was answered. */
export interface Flood {
	readonly sent: number;
	/** 503: the budget of strangers was spent. */
	readonly refused: number;
	/** Ended without an answer: the oldest connections of one address are cut. */
	readonly cut: number;
}

/** More than one network address may have (docs/operations.md), and fewer than its connections. */
const AT_ONCE = 60;
const PATIENCE = 10_000;

/** On this machine, another address of it: the budget of 127.0.0.1 is that of the devices and programs here. */
const OTHER_LOOPBACK = '127.62.44.3';

/**
 * Sends requests to enrol with a token that nobody made, as a stranger would, until `enough` of them are refused over budget
 * or `most` are sent. Nothing is changed by them.
 */
export const flood = async (site: string, { enough, most }: { enough: number; most: number }): Promise<Flood> => {
	const { hostname, port } = new URL(site);
	const isHere = hostname === 'localhost' || hostname.startsWith('127.');
	const where = isHere ? { host: '127.0.0.1', localAddress: OTHER_LOOPBACK } : { host: hostname };
	// A stranger has no anchor of the site; nothing is told here that another server should not hear.
	const agent = new Agent({ keepAlive: true, maxSockets: AT_ONCE, rejectUnauthorized: false });
	let [sent, refused, cut] = [0, 0, 0];
	const ask = (): Promise<void> =>
		new Promise((resolve) => {
			sent += 1;
			const asked = request(
				{
					...where,
					...{ port, agent, method: 'POST', path: '/.well-known/est/simpleenroll', timeout: PATIENCE },
					headers: { authorization: `Basic ${MADE_UP}`, 'content-type': 'application/pkcs10' },
				},
				(answer) => {
					if (answer.statusCode === 503) refused += 1;
					answer.resume().once('close', resolve);
				},
			);
			asked.once('timeout', () => asked.destroy());
			asked.once('error', () => {
				cut += 1;
				resolve();
			});
			asked.end('AAAA');
		});
	const worker = async (): Promise<void> => {
		while (sent < most && refused < enough) await ask();
	};
	try {
		await Promise.all(Array.from({ length: AT_ONCE }, worker));
	} finally {
		agent.destroy();
	}
	return { sent, refused, cut };
};

const MADE_UP = Buffer.from(`exercise:${'A'.repeat(32)}`).toString('base64');
