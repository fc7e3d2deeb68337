import { type Instant, type Milliseconds, Problem } from '@keyward/core';
import { mayUseCertificate } from '@keyward/core/device';
import { issuedAt, lastKeyChange } from '@keyward/core/enrol';
import { readCertificate } from '@keyward/core/format';
import { type Fact, updateComponent } from '@keyward/core/policy';
import type { CertificateStore, Clock, FactStore, Principal, PrincipalName, PrincipalStore } from '@keyward/core/port';
import type { Policies } from '../policy/policies.ts';

/** An exercise: every device of an application goes over to a new key, in waves. */
export interface Exercise {
	readonly started: Instant;
	/** The waves are spread over it. */
	readonly over: Milliseconds;
}

/** One device of an exercise. */
export interface ExercisedDevice {
	readonly device: string;
	/** When its wave begins. */
	readonly due: Instant;
	/** When it last went over to another key, or another generation of its CA; null: never. */
	readonly changed: Instant | null;
}

/** Keys and CAs that are changed on a running fleet, and when that last happened to each device. */
export interface Agility {
	/** Durable when it resolves; the exercise before is over. Throws `Problem('request-malformed')`. */
	start(application: string, over: Milliseconds): Promise<Exercise>;
	exercise(application: string): Promise<Exercise | null>;
	devices(application: string): Promise<ExercisedDevice[]>;
	/** Whether this device is asked for a new key now. */
	mustRekey(device: PrincipalName): Promise<boolean>;
	/** catalogue: key-agility. By the certificates that the registrar gave out. */
	facts(principals: readonly Principal[], now: Instant): Promise<Fact[]>;
}

const SOURCE = 'exercise';
/** Issuers' names that are kept, of some hundred bytes each. */
const MOST_REMEMBERED = 100_000;
/** A device is asked when so much of what the policy allows is over, so that one that sleeps is in time too. */
const ASKED_FROM = 2 / 3;

/** FNV-1a, from 0 to 1: which wave a device is in. */
const waveOf = (text: string): number => {
	let hash = 0x811c9dc5;
	for (const byte of new TextEncoder().encode(text)) hash = Math.imul(hash ^ byte, 0x01000193) >>> 0;
	return hash / 2 ** 32;
};

export const createAgility = (
	store: PrincipalStore & FactStore,
	remembered: Pick<CertificateStore, 'certificates'>,
	policies: Pick<Policies, 'policyOf'>,
	clock: Clock,
): Agility => {
	/** By fingerprint: what a certificate says does not change. */
	const issuers = new Map<string, Uint8Array>();
	const issuerOf = (fingerprint: Uint8Array, der: Uint8Array): Uint8Array => {
		const id = Buffer.from(fingerprint).toString('base64');
		const known = issuers.get(id);
		if (known !== undefined) return known;
		if (issuers.size >= MOST_REMEMBERED) issuers.clear();
		const issuer = readCertificate(der).issuerName;
		issuers.set(id, issuer);
		return issuer;
	};
	const changeOf = async (principal: PrincipalName) => {
		const certificates = await remembered.certificates(principal);
		// One alone shows no change, and most devices of a large fleet have one: reading 10,000 certificates takes seconds.
		const [oldest] = certificates;
		const first = oldest === undefined ? null : issuedAt(oldest);
		if (certificates.length < 2) return { first, changed: null };
		const uses = certificates.map((one) => ({
			...{ key: one.key, issued: issuedAt(one), issuer: issuerOf(one.fingerprint, one.der) },
		}));
		return { first, changed: lastKeyChange(uses) };
	};
	const exercise: Agility['exercise'] = async (application) => {
		const found = (await store.factsOf(updateComponent(application))).find(
			({ claim, source }) => claim === 'key-agility' && source === SOURCE,
		);
		return typeof found?.value === 'number' ? { started: found.at, over: found.value } : null;
	};
	const dueOf = ({ started, over }: Exercise, device: string): Instant => started + Math.floor(waveOf(device) * over);
	return {
		start: async (application, over) => {
			if (policies.policyOf(application) === null)
				throw new Problem('policy-unknown-application', `This site has no policy for ${application}: apply one first.`);
			const started = clock.now();
			const subject = updateComponent(application);
			await store.putFacts([
				{ subject, claim: 'key-agility', value: over, strength: 'observed', source: SOURCE, at: started },
			]);
			return { started, over };
		},
		exercise,
		devices: async (application) => {
			const under = await exercise(application);
			const devices = (await store.principals(application)).filter(
				({ kind, state }) => kind === 'device' && mayUseCertificate(state),
			);
			return Promise.all(
				devices.map(async (one) => ({
					device: one.id,
					due: under === null ? 0 : dueOf(under, one.id),
					changed: (await changeOf(one)).changed,
				})),
			);
		},
		mustRekey: async (device) => {
			const now = clock.now();
			const { first, changed } = await changeOf(device);
			const since = changed ?? first;
			if (since === null) return false;
			const under = await exercise(device.application);
			if (under !== null && since < under.started && now >= dueOf(under, device.id)) return true;
			const limit = policies.policyOf(device.application)?.parameters['key-agility'];
			return typeof limit === 'number' && now - since >= limit * ASKED_FROM;
		},
		facts: (principals, now) =>
			Promise.all(
				principals
					.filter(({ kind }) => kind === 'device')
					.map(async ({ kind, application, id }): Promise<Fact> => {
						const { changed } = await changeOf({ kind, application, id });
						return {
							...{ subject: { kind, application, id }, claim: 'key-agility', strength: 'observed' },
							value: changed === null ? 'its key and its CA were never changed' : Math.max(1, now - changed),
							...{ source: 'registrar', at: now },
						};
					}),
			),
	};
};
