import { createHmac } from 'node:crypto';
import { type Instant, type Milliseconds, Problem, seconds } from '@keyward/core';
import { readPrivate } from '@keyward/custody';

/** Where alerts go, and the file of the key that they are signed with. */
export interface WebhookOptions {
	readonly url: string;
	readonly secretFile: string;
}

/** Posts one body. Throws `Problem('alert-undelivered')` with what to do. */
export type Post = (body: string, at: Instant, signal?: AbortSignal) => Promise<void>;

const PATIENCE: Milliseconds = seconds(10);
/** HMAC-SHA-256 wants as many bytes as it gives (RFC 2104 §3); text has fewer than eight bits a letter. */
const SHORTEST_SECRET = 32;

/** The key, read again each time so that a new one takes effect at once. Throws `Problem('key-file')`. */
const readSecret = async (file: string): Promise<string> => {
	const secret = (await readPrivate(file)).trim();
	if (secret.length >= SHORTEST_SECRET) return secret;
	throw new Problem(
		'key-file',
		`${file} holds fewer than ${SHORTEST_SECRET} characters: make it with openssl rand -hex 32.`,
	);
};

/**
 * The signature of a body: anyone who can reach the receiver could otherwise raise alarms or call them off, or send old ones
 * again (the time is signed too, and a receiver refuses one that is minutes old).
 */
export const signature = (secret: string, timestamp: string, body: string): string =>
	`sha256=${createHmac('sha256', secret).update(`${timestamp}.${body}`).digest('hex')}`;

/** Opens a webhook. Throws `Problem('key-file')` when there is no key to sign with. */
export const openWebhook = async ({ url, secretFile }: WebhookOptions): Promise<Post> => {
	await readSecret(secretFile);
	return async (body, at, signal) => {
		const timestamp = String(Math.floor(at / 1000));
		const late = AbortSignal.timeout(PATIENCE);
		const response = await fetch(url, {
			method: 'POST',
			headers: {
				'content-type': 'application/json',
				'keyward-timestamp': timestamp,
				'keyward-signature': signature(await readSecret(secretFile), timestamp, body),
			},
			body,
			// A redirect would carry the alert to wherever the answer says, plain HTTP included.
			redirect: 'manual',
			signal: signal === undefined ? late : AbortSignal.any([signal, late]),
		}).catch((error: unknown) => {
			throw new Problem(
				'alert-undelivered',
				`The webhook could not be reached (${why(error)}): look at its address and the network.`,
				{
					cause: error,
				},
			);
		});
		await response.body?.cancel();
		if (!response.ok)
			throw new Problem('alert-undelivered', `The webhook answered with status ${response.status}: look at its log.`);
	};
};

/** The reason of a failed fetch: its cause says more than "fetch failed". */
const why = (error: unknown): string => {
	const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
	if (!(cause instanceof Error)) return 'unknown error';
	return 'code' in cause && typeof cause.code === 'string' ? cause.code : cause.message;
};
