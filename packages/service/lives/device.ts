import { type Instant, Problem } from '@keyward/core';
import { isName } from '@keyward/core/device';
import {
	expectPrincipal,
	formatCommissioning,
	type Judgement,
	judgeEnrolment,
	judgeIntent,
	judgeRenewal,
	type PledgedKey,
	principalCertificate,
	tokenHash,
	UNASKED_LIFETIME,
} from '@keyward/core/enrol';
import { assembleCertificate, freezeCertificate, keyThumbprint, parseCsr, readCertificate, readToBeSigned } from '@keyward/core/format';
import { certificateLifetime, didYouMean, type Policy } from '@keyward/core/policy';
import type { Clock, Entropy, Intent, IssuedCertificate, Principal, PrincipalName, Store } from '@keyward/core/port';
import type { Authority } from '../authority/authority.ts';
import { enrolmentFacts } from './enrolment-facts.ts';

/** How devices and readers come in and stay in. One of these to a site: it is what keeps two enrolments from racing for one key. */
export interface DeviceLife {
	/**
	 * Expects a device and makes its commissioning string; one that is expected already gets a new one. Without a class, the
	 * policy's only one. Throws `request-malformed`, `policy-unknown-application`, `policy-unknown-reference`, `device-exists`.
	 */
	expectDevice(application: string, id: string, deviceClass?: string): Promise<Expected>;
	/** The same for a reader that the policy names. Throws `reader-unknown` when it does not. */
	expectReader(application: string, id: string): Promise<Expected>;
	/** EST simpleenroll: gives the certificate and its issuing CA, DER. Asked again with the same key, it gives the same. */
	enrol(csr: Uint8Array, token: string): Promise<Uint8Array[]>;
	/** EST simplereenroll under the certificate of this SHA-256, lower-case hex, whose key the caller proved to hold. */
	renew(csr: Uint8Array, fingerprint: string): Promise<Uint8Array[]>;
	/** At start: finishes or gives up what a crash left between intent and issue. */
	recover(): Promise<{ issued: number; abandoned: number }>;
}

export interface Expected {
	readonly commissioning: string;
	readonly expires: Instant;
}

export interface DeviceLifeOptions {
	readonly store: Store;
	readonly authority: Authority;
	readonly clock: Clock;
	readonly entropy: Entropy;
	readonly policyOf: (application: string) => Policy | null;
	/** What commissioning strings carry: bases of the HTTP API, of EST (default: the same) and of MQTT. */
	readonly urls: () => { readonly service: string; readonly est?: string; readonly mqtt: string };
	/** Told after a certificate became durable and before it is answered. */
	readonly onIssued?: (certificate: IssuedCertificate) => void;
}

export const createDeviceLife = (options: DeviceLifeOptions): DeviceLife => {
	const { store, authority, clock, entropy, policyOf, urls, onIssued } = options;
	const inTurn = createTurns();

	const expect = async (name: PrincipalName, deviceClass: string | null): Promise<Expected> => {
		const { service, est, mqtt } = urls();
		// Before anything is promised: a site that cannot issue for the application says so now.
		await authority.issuing(name.application);
		const { principal, token, secret } = expectPrincipal(name, deviceClass, entropy, clock.now());
		await store.expect(principal, token);
		const commissioning = formatCommissioning({
			...name,
			class: deviceClass,
			service,
			est: est ?? service,
			mqtt,
			token: secret,
			serviceCa: keyThumbprint(authority.serviceCa.publicKey),
			owner: null,
			expires: token.expires,
		});
		return { commissioning, expires: token.expires };
	};

	/** What the registry knows of the key; `custody` is `software` until evidence says more. */
	const pledgedKey = async (publicKey: Uint8Array, name: PrincipalName | null): Promise<PledgedKey> => {
		const key = keyThumbprint(publicKey);
		const certificates = name === null ? [] : await store.certificates(name);
		return {
			publicKey,
			custody: 'software',
			holders: await store.holders(key),
			certificates: certificates.filter((certificate) => Buffer.compare(certificate.key, key) === 0),
		};
	};

	/** Decided → frozen → intended: what must be signed now is durable and cannot change. */
	const intend = async (principal: Principal, key: PledgedKey, by: Intent['by']): Promise<Intent> => {
		const policy = requirePolicy(policyOf, principal.application);
		const issuing = await authority.issuing(principal.application);
		const deviceClass = principal.class === null ? null : (policy.devices.get(principal.class) ?? null);
		const now = clock.now();
		const lifetime = certificateLifetime(policy, deviceClass) ?? UNASKED_LIFETIME;
		const { kind, application, id } = principal;
		const name: PrincipalName = { kind, application, id };
		const content = principalCertificate(name, key.publicKey, issuing.certificate, { now, lifetime }, entropy);
		const intent: Intent = {
			serial: Buffer.from(content.serial).toString('hex'),
			principal: name,
			key: keyThumbprint(key.publicKey),
			custody: key.custody,
			toBeSigned: freezeCertificate(content, issuing.signer.publicKey),
			at: now,
			by,
		};
		await store.intend(intent);
		return intent;
	};

	/** Intended → signed → issued → facts. The same code at first and after a crash. */
	const finish = async (intent: Intent): Promise<Uint8Array[]> => {
		const issuing = await authority.issuing(intent.principal.application);
		const signature = await issuing.signer.sign(intent.toBeSigned);
		const view = readCertificate(assembleCertificate(intent.toBeSigned, issuing.signer.publicKey, signature));
		const certificate: IssuedCertificate = {
			fingerprint: view.fingerprint,
			serial: intent.serial,
			principal: intent.principal,
			key: intent.key,
			notBefore: view.notBefore,
			notAfter: view.notAfter,
			der: view.der,
			revoked: null,
		};
		await store.issue(certificate);
		return answer(certificate);
	};

	const answer = async (certificate: IssuedCertificate): Promise<Uint8Array[]> => {
		const issuing = await authority.issuing(certificate.principal.application);
		await store.putFacts(enrolmentFacts(certificate, readCertificate(certificate.der).publicKey, clock.now()));
		onIssued?.(certificate);
		return [certificate.der, issuing.certificate.der];
	};

	const judgeOpenIntent = async (intent: Intent): Promise<Judgement> => {
		const { publicKey, notAfter } = readToBeSigned(intent.toBeSigned);
		const now = clock.now();
		if (now >= notAfter) {
			const reason = 'The certificate would have expired already.';
			return { admit: false, refusals: [{ code: 'certificate-expired', requirement: 'certificate-lifetime', reason }] };
		}
		return judgeIntent({
			principal: await store.principal(intent.principal),
			key: await pledgedKey(publicKey, intent.principal),
			policy: policyOf(intent.principal.application),
			token: 'token' in intent.by ? await store.token(intent.by.token) : null,
			certificate: 'certificate' in intent.by ? await store.certificate(intent.by.certificate) : null,
			now,
		});
	};

	return {
		expectDevice: async (application, id, deviceClass) => {
			const policy = requirePolicy(policyOf, application);
			return expect(requireName('device', application, id), classFor(policy, deviceClass));
		},

		expectReader: async (application, id) => {
			const policy = requirePolicy(policyOf, application);
			const named = new Set(Array.from(policy.streams.values()).flatMap(({ readers }) => readers));
			if (!named.has(id)) {
				throw new Problem('reader-unknown', `No stream of ${application} names the reader ${JSON.stringify(id)}${didYouMean(id, named)}`);
			}
			return expect(requireName('reader', application, id), null);
		},

		enrol: (csr, secret) =>
			inTurn(async () => {
				const request = parseCsr(csr);
				const hash = tokenHash(secret);
				const token = await store.token(hash);
				const principal = token === null ? null : await store.principal(token.principal);
				const key = await pledgedKey(request.publicKey, token?.principal ?? null);
				const policy = principal === null ? null : policyOf(principal.application);
				const now = clock.now();
				const admitted = requireAdmitted(judgeEnrolment({ request, token, principal, key, policy, now }), principal);
				// The answer may have been lost on its way: the same token and key get the same certificate, not another.
				const given = admitted.state === 'active' ? key.certificates.find(({ notAfter }) => now < notAfter) : undefined;
				return given === undefined ? finish(await intend(admitted, key, { token: hash })) : answer(given);
			}),

		renew: (csr, fingerprint) =>
			inTurn(async () => {
				const request = parseCsr(csr);
				const certificate = await store.certificate(new Uint8Array(Buffer.from(fingerprint, 'hex')));
				const principal = certificate === null ? null : await store.principal(certificate.principal);
				const key = await pledgedKey(request.publicKey, certificate?.principal ?? null);
				const policy = principal === null ? null : policyOf(principal.application);
				const judgement = judgeRenewal({ request, certificate, principal, key, policy, now: clock.now() });
				const admitted = requireAdmitted(judgement, principal);
				return finish(await intend(admitted, key, { certificate: new Uint8Array(Buffer.from(fingerprint, 'hex')) }));
			}),

		recover: () =>
			inTurn(async () => {
				const done = { issued: 0, abandoned: 0 };
				for (const intent of await store.openIntents()) {
					if ((await judgeOpenIntent(intent)).admit) {
						await finish(intent);
						done.issued++;
					} else {
						await store.abandon(intent.serial);
						done.abandoned++;
					}
				}
				return done;
			}),
	};
};

/** Runs one task after another in the order of asking; unique-key is judged and recorded without another in between. */
const createTurns = (): (<Value>(task: () => Promise<Value>) => Promise<Value>) => {
	let last: Promise<unknown> = Promise.resolve();
	return (task) => {
		const turn = last.then(task);
		last = turn.catch(() => undefined);
		return turn;
	};
};

const requireAdmitted = (judgement: Judgement, principal: Principal | null): Principal => {
	if (!judgement.admit) {
		const [{ code }] = judgement.refusals;
		throw new Problem(code, judgement.refusals.map(({ reason, requirement }) => `${reason} (${requirement})`).join(' '));
	}
	if (principal === null) throw new Problem('device-not-expected', 'Nobody of this name is expected.');
	return principal;
};

const requirePolicy = (policyOf: DeviceLifeOptions['policyOf'], application: string): Policy => {
	const policy = policyOf(application);
	if (policy === null) {
		throw new Problem('policy-unknown-application', `There is no policy for the application ${JSON.stringify(application)}: apply one first.`);
	}
	return policy;
};

const requireName = (kind: PrincipalName['kind'], application: string, id: string): PrincipalName => {
	if (isName(id)) return { kind, application, id };
	throw new Problem('request-malformed', `${JSON.stringify(id)} cannot name a ${kind}: use 1 to 64 of a-z, 0-9, - and dots.`);
};

const classFor = (policy: Policy, asked: string | undefined): string => {
	const classes = Array.from(policy.devices.keys());
	const [only] = classes;
	if (asked === undefined) {
		if (only !== undefined && classes.length === 1) return only;
		throw new Problem('policy-unknown-reference', `Say which class the device has: ${classes.join(', ') || 'the policy has none'}.`);
	}
	if (policy.devices.has(asked)) return asked;
	throw new Problem('policy-unknown-reference', `The policy has no class ${JSON.stringify(asked)}${didYouMean(asked, classes)}`);
};
