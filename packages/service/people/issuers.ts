import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { type Milliseconds, minutes, Problem } from '@keyward/core';
import { type Clock, type PersonStep, personSteps } from '@keyward/core/port';
import { readPrivate } from '@keyward/custody';
import type { Configuration } from 'openid-client';
import type { IssuerTerms } from '../site/site-file.ts';
import { issuerFetch } from './issuer-fetch.ts';

/** How long a person has at the issuer. */
const LASTS: Milliseconds = minutes(10);
/** How long ago somebody may have given the issuer their password: a session that locked here opens by no old one there. */
const FRESH = 120;
/** How long what an issuer says of itself is believed. */
const KNOWN: Milliseconds = minutes(60);
const NONCE = 12;
const TAG = 16;

/** What an issuer proved of somebody. */
export interface Proven {
	readonly issuer: string;
	readonly subject: string;
	/** Only an address that the issuer verified. */
	readonly email: string | null;
	readonly step: PersonStep;
}

/** A sign-in that was begun, as the browser keeps it, encrypted: strangers fill no memory with those they do not finish. */
interface Begun {
	readonly name: string;
	readonly state: string;
	readonly nonce: string;
	readonly verifier: string;
	readonly until: number;
}

/** Sign-in by issuers that the site file names (OpenID Connect Core 1.0 §3.1, with RFC 7636 and RFC 9207). */
export interface Issuers {
	readonly names: readonly string[];
	/** By its name in the site file. Throws `Problem('no-such-thing')`. */
	addressOf(name: string): string;
	/** Where the browser goes, and the cookie that brings it back. */
	begin(name: string): Promise<{ readonly url: string; readonly cookie: string }>;
	/** `query` is what the browser came back with. Throws `Problem('identity-refused')` for all that proves nothing. */
	finish(name: string, cookie: string, query: string): Promise<Proven>;
}

const refuse = (why: string, cause?: unknown): Problem =>
	new Problem('identity-refused', `The sign-in was not taken: ${why}.`, { cause });

/** Loaded when the first person signs in by an issuer. */
const library = () => import('openid-client');

const textOf = (value: unknown): string | null => (typeof value === 'string' && value !== '' ? value : null);

/** What of the claims the owner believes, and as what; else no more than a password. */
const stepOf = ({ proves }: IssuerTerms, claims: Readonly<Record<string, unknown>>): PersonStep => {
	const methods: readonly unknown[] = Array.isArray(claims['amr']) ? claims['amr'] : [];
	const said = proves.filter(({ claim, value }) =>
		claim === 'acr' ? claims['acr'] === value : methods.includes(value),
	);
	return personSteps.findLast((step) => said.some((one) => one.as === step)) ?? 'password';
};

export const openIssuers = (terms: readonly IssuerTerms[], origin: () => string, clock: Clock): Issuers => {
	const key = randomBytes(32);
	const known = new Map<string, { readonly config: Configuration; readonly until: number }>();
	/** States that were answered, until their end. */
	const spent = new Map<string, number>();
	const termsOf = (name: string): IssuerTerms => {
		const found = terms.find((one) => one.name === name);
		if (found === undefined) throw new Problem('no-such-thing', 'The site file names no such issuer under sign-in.');
		return found;
	};
	// Each issuer sends people back to another address: one that answers for another is told by that alone.
	const redirectTo = (name: string): string => `${origin()}/v1/people/issuers/${name}/answer`;

	const seal = (begun: Begun): string => {
		const nonce = randomBytes(NONCE);
		const cipher = createCipheriv('aes-256-gcm', key, nonce);
		const text = Buffer.concat([cipher.update(JSON.stringify(begun)), cipher.final()]);
		return Buffer.concat([nonce, cipher.getAuthTag(), text]).toString('base64url');
	};
	const unseal = (cookie: string): Begun => {
		try {
			const bytes = Buffer.from(cookie, 'base64url');
			const decipher = createDecipheriv('aes-256-gcm', key, bytes.subarray(0, NONCE), { authTagLength: TAG });
			decipher.setAuthTag(bytes.subarray(NONCE, NONCE + TAG));
			const text = Buffer.concat([decipher.update(bytes.subarray(NONCE + TAG)), decipher.final()]);
			return JSON.parse(text.toString()) as Begun;
		} catch (cause) {
			throw refuse('this browser did not begin it, or the service was started again meanwhile', cause);
		}
	};

	const configOf = async (one: IssuerTerms): Promise<Configuration> => {
		const { name, issuer, clientId, secretFile, caFile } = one;
		const found = known.get(name);
		if (found !== undefined && found.until > clock.now()) return found.config;
		const secret = (await readPrivate(secretFile)).trim();
		const client = await library();
		const ca = caFile === null ? null : await readFile(caFile, 'utf8');
		// The library compares what the issuer calls itself with this address (OpenID Connect Discovery 1.0 §4.3).
		const config = await client
			.discovery(new URL(issuer), clientId, undefined, client.ClientSecretBasic(secret), {
				[client.customFetch]: issuerFetch(ca),
				execute: [client.enableNonRepudiationChecks],
			})
			.catch((cause: unknown) => {
				throw new Problem(
					'issuer-unavailable',
					`The issuer ${name} cannot be asked: try again, or sign in with a passkey.`,
					{
						cause,
					},
				);
			});
		known.set(name, { config, until: clock.now() + KNOWN });
		return config;
	};

	return {
		names: terms.map(({ name }) => name),
		addressOf: (name) => termsOf(name).issuer,
		begin: async (name) => {
			const one = termsOf(name);
			const config = await configOf(one);
			const client = await library();
			const verifier = client.randomPKCECodeVerifier();
			const [state, nonce] = [client.randomState(), client.randomNonce()];
			const asked = one.proves.filter(({ claim }) => claim === 'acr').map(({ value }) => value);
			const url = client.buildAuthorizationUrl(config, {
				...{ redirect_uri: redirectTo(name), scope: 'openid email', state, nonce, max_age: String(FRESH) },
				...{ code_challenge: await client.calculatePKCECodeChallenge(verifier), code_challenge_method: 'S256' },
				...(asked.length > 0 && { acr_values: asked.join(' ') }),
			});
			return { url: url.href, cookie: seal({ name, state, nonce, verifier, until: clock.now() + LASTS }) };
		},
		finish: async (name, cookie, query) => {
			const one = termsOf(name);
			const begun = unseal(cookie);
			const now = clock.now();
			// RFC 9700 §4.4 (mix-up): an issuer that sends people on to another gets no code of that other.
			if (begun.name !== name) throw refuse('it was begun at another issuer');
			if (begun.until <= now) throw refuse('it took too long');
			for (const [state, until] of spent) if (until <= now) spent.delete(state);
			if (spent.has(begun.state)) throw refuse('it was used already');
			const answer = new URL(`${redirectTo(name)}?${query}`);
			// RFC 9207 §2.4: also where the issuer's metadata does not promise it.
			const from = answer.searchParams.get('iss');
			if (from !== null && from !== one.issuer) throw refuse('another issuer answered');
			// Taken before anything is waited for: of two answers at once, one asks the issuer.
			spent.set(begun.state, begun.until);
			const config = await configOf(one);
			const client = await library();
			try {
				const tokens = await client.authorizationCodeGrant(config, answer, {
					...{ pkceCodeVerifier: begun.verifier, expectedState: begun.state, expectedNonce: begun.nonce },
					...{ idTokenExpected: true, maxAge: FRESH },
				});
				const claims = tokens.claims();
				if (claims === undefined) throw refuse('the issuer gave no ID token');
				const email = claims['email_verified'] === true ? textOf(claims['email']) : null;
				return { issuer: one.issuer, subject: claims.sub, email, step: stepOf(one, claims) };
			} catch (error) {
				if (error instanceof Problem) throw error;
				const said = error instanceof Error ? error.message : 'its answer cannot be read';
				throw refuse(JSON.stringify(said.slice(0, 200)).slice(1, -1).replace(/\.$/, ''), error);
			}
		},
	};
};
