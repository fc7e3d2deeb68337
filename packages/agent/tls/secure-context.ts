import { randomUUID } from 'node:crypto';
import { closeSync, openSync, rmSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { createSecureContext, type SecureContext, type SecureContextOptions } from 'node:tls';
import { Problem } from '@keyward/core';
import type { ApiStep } from '@keyward/core/authorize';
import { tlsProfile } from '@keyward/core/tls';
import type { EngineKey } from '../hardware/engine.ts';

/** What a device or reader proves itself with, and whom it trusts. */
export interface Credentials {
	/** Its certificate first, then the issuing CA; PEM. */
	readonly certificate: string;
	/** PEM, or an engine's. */
	readonly key: string | EngineKey;
	/** The service CA that commissioning pinned; PEM. */
	readonly serviceCa: string;
	/** The least link that it takes. */
	readonly floor: ApiStep;
}

/**
 * The context of every connection to the service under a certificate. With an engine's key it sets the environment of this
 * process, and can be made once in it. Throws `Problem('token-failed')` when the engine does not take the key, and
 * `Problem('token-pin')` when that is for its PIN.
 */
export const secureContext = ({ certificate, key, serviceCa, floor }: Credentials): SecureContext => {
	const make = (keyOptions: SecureContextOptions): SecureContext =>
		createSecureContext({
			cert: certificate,
			...keyOptions,
			// service-authentication: only the pinned CA, none of the system's, or any public CA could stand in for the service.
			ca: serviceCa,
			allowPartialTrustChain: true,
			// link-encryption: nothing older or weaker, whatever the other side offers.
			...tlsProfile(floor),
		});
	if (typeof key === 'string') return make({ key });
	// Engine and module read it when they are loaded.
	Object.assign(process.env, key.environment);
	try {
		return withPinSource(key, (privateKeyIdentifier) => {
			const options: EngineOptions = { privateKeyEngine: key.engine, privateKeyIdentifier };
			return make(options);
		});
	} catch (cause) {
		const problem = keyFailed(cause);
		if (problem.code === 'token-pin') key.onPinRefused();
		throw problem;
	}
};

/** The only way in Node 24 to a key that is not in the process; engines are on their way out in OpenSSL (docs/hardware-keys.md). */
interface EngineOptions {
	readonly privateKeyEngine: string;
	readonly privateKeyIdentifier: string;
}

/**
 * Lets the engine read the PIN from a file that has no name any more: it takes a PIN from nowhere but a file or the key's URI,
 * which it prints when something goes wrong; and of a file, it takes the line's end for a part of the PIN.
 */
const withPinSource = <Result>({ uri, pin, folder }: EngineKey, use: (uri: string) => Result): Result => {
	if (pin === null) return use(uri);
	const path = join(folder, `${randomUUID()}.tmp`);
	const file = openSync(path, 'wx', 0o600);
	try {
		rmSync(path);
		writeSync(file, pin);
		return use(`${uri}?pin-source=file:/proc/self/fd/${file}`);
	} finally {
		closeSync(file);
	}
};

/** True for what OpenSSL's pkcs11 engine says when a signature fails in a handshake. */
export const isKeyFailure = (error: Error): boolean => /PKCS#11|pkcs11|libp11/.test(error.message);

/** What the engine says is no secret, and seldom helps: the key's own place says it better when it is asked next. */
export const keyFailed = (cause: unknown): Problem => {
	const reason =
		cause instanceof Error
			? (/:([^:]+)(?::p11_\w+\.c:\d+:)?$/.exec(cause.message.trimEnd())?.[1] ?? cause.message)
			: '';
	const code = /PIN/i.test(reason) ? 'token-pin' : 'token-failed';
	return new Problem(code, `The part with the key did not sign for TLS: ${reason.trim()}.`, { cause });
};
