import { type Instant, type Milliseconds, minutes } from '@keyward/core';
import type { OcspRequest } from '@keyward/core/format';
import type { OcspReply } from './ocsp-responder.ts';

/** How long an answer is given again; a revocation ends it at once. */
const AGE: Milliseconds = minutes(1);
const MOST = 1024;

export interface OcspCache {
	readonly ask: (request: OcspRequest) => Promise<OcspReply>;
	/** To be told of each revocation. */
	forget(): void;
}

/** Gives an answer again to anyone who asks the same without a nonce (RFC 5019 §6): it costs the committer nothing, nor a signature. */
export const createOcspCache = (ask: OcspCache['ask'], now: () => Instant): OcspCache => {
	const kept = new Map<string, { readonly reply: OcspReply; readonly until: Instant }>();
	let forgotten = 0;
	return {
		ask: async (request) => {
			if (request.nonce !== null) return ask(request);
			const key = request.certificates.map(({ der }) => Buffer.from(der).toString('base64')).join(' ');
			const known = kept.get(key);
			if (known !== undefined && now() < known.until) return known.reply;
			const before = forgotten;
			const reply = await ask(request);
			// What was answered before a revocation that came meanwhile may say "good" of the revoked one.
			if (reply.until !== null && before === forgotten) {
				kept.delete(key);
				kept.set(key, { reply, until: Math.min(reply.until, now() + AGE) });
				const [oldest] = kept.keys();
				if (kept.size > MOST && oldest !== undefined) kept.delete(oldest);
			}
			return reply;
		},
		forget: () => {
			forgotten++;
			kept.clear();
		},
	};
};
