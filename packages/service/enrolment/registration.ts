import { type Instant, Problem } from '@keyward/core';
import { isName, isExpectedPart } from '@keyward/core/device';
import { type Expectation, expectPrincipal, formatCommissioning } from '@keyward/core/enrol';
import { keyThumbprint } from '@keyward/core/format';
import { didYouMean, type Policy } from '@keyward/core/policy';
import type { Clock, Entropy, PrincipalName, PrincipalStore } from '@keyward/core/port';
import type { Authority } from '../authority/authority.ts';

/** How somebody comes to be expected. */
export interface Registration {
	/**
	 * Expects a device and makes its commissioning string; one that is expected already gets a new one. Without a class, the
	 * policy's only one; `part` is the part that it must be. Throws `request-malformed`, `policy-unknown-application`, `policy-unknown-reference`, `device-exists`.
	 */
	expectDevice(application: string, id: string, deviceClass?: string, part?: string): Promise<Expected>;
	/** The same up to the moment of writing it down: `PrincipalStore.transfer` does that, or nobody. */
	prepareDevice(application: string, id: string, deviceClass?: string, part?: string): Promise<Prepared>;
	/** The same for a reader that the policy names. Throws `reader-unknown` when it does not. */
	expectReader(application: string, id: string): Promise<Expected>;
}

interface Expected {
	readonly commissioning: string;
	readonly expires: Instant;
}

/** What is to be written down, and what its holder is told then. */
interface Prepared extends Expected, Pick<Expectation, 'principal' | 'token'> {}

export interface RegistrationOptions {
	readonly store: Pick<PrincipalStore, 'expect'>;
	readonly authority: Authority;
	readonly clock: Clock;
	readonly entropy: Entropy;
	readonly policyOf: (application: string) => Policy | null;
	/** SHA-256 of the owner's root, hex: what strings carry (owner-anchor). Null for a site without an owner. */
	readonly ownerPin?: () => string | null;
	/**
	 * What commissioning strings carry: bases of the HTTP API, of EST (default: the same) and of MQTT. Throws
	 * `Problem('link-too-weak')` when this site has no listener that the application's policy would let them use.
	 */
	readonly urls: (application: string) => { readonly service: string; readonly est?: string; readonly mqtt: string };
}

/** Readers that an error names. */
const MOST_NAMED = 20;

export const createRegistration = (options: RegistrationOptions): Registration => {
	const { store, authority, clock, entropy, policyOf, ownerPin, urls } = options;

	const prepare = async (name: PrincipalName, deviceClass: string | null, part: string | null): Promise<Prepared> => {
		const pin = ownerPin?.() ?? null;
		const { service, est, mqtt } = urls(name.application);
		// Before anything is promised: a site that cannot issue for the application says so now.
		await authority.issuing(name.application);
		const { principal, token, secret } = expectPrincipal(name, deviceClass, part, entropy, clock.now());
		const commissioning = formatCommissioning({
			...name,
			class: deviceClass,
			service,
			est: est ?? service,
			mqtt,
			token: secret,
			serviceCa: keyThumbprint(authority.serviceCa.publicKey),
			owner: pin === null ? null : Uint8Array.from(Buffer.from(pin, 'hex')),
			expires: token.expires,
		});
		return { principal, token, commissioning, expires: token.expires };
	};
	const prepareDevice: Registration['prepareDevice'] = async (application, id, deviceClass, part) => {
		const policy = requirePolicy(policyOf, application);
		const name = requireName('device', application, id);
		requirePart(policy, part);
		return prepare(name, classFor(policy, deviceClass), part ?? null);
	};
	const expect = async ({ principal, token, commissioning, expires }: Prepared): Promise<Expected> => {
		await store.expect(principal, token);
		return { commissioning, expires };
	};

	return {
		prepareDevice,
		expectDevice: async (...asked) => expect(await prepareDevice(...asked)),

		expectReader: async (application, id) => {
			const policy = requirePolicy(policyOf, application);
			const ofStreams = Array.from(policy.streams.values()).flatMap(({ readers }) => readers);
			const named = new Set([...ofStreams, ...(policy.programs?.keys() ?? [])]);
			if (!named.has(id)) {
				const some = [...named].slice(0, MOST_NAMED).join(', ');
				const those = some === '' ? '' : ` (they name ${some}${named.size > MOST_NAMED ? ', …' : ''})`;
				throw new Problem(
					'reader-unknown',
					`Neither a stream nor programs of ${application} name the reader ${JSON.stringify(id)}${didYouMean(id, named)}${those}`,
				);
			}
			return expect(await prepare(requireName('reader', application, id), null, null));
		},
	};
};

/** Throws `Problem('policy-unknown-application')`. */
export const requirePolicy = (policyOf: RegistrationOptions['policyOf'], application: string): Policy => {
	const policy = policyOf(application);
	if (policy === null) {
		throw new Problem(
			'policy-unknown-application',
			`There is no policy for the application ${JSON.stringify(application)}: apply one first.`,
		);
	}
	return policy;
};

/** Throws `Problem('request-malformed')`. */
export const requireName = (kind: PrincipalName['kind'], application: string, id: string): PrincipalName => {
	if (isName(id)) return { kind, application, id };
	throw new Problem(
		'request-malformed',
		`${JSON.stringify(id)} cannot name a ${kind}: use 1 to 64 of a-z, 0-9, - and dots.`,
	);
};

/** Says at once what the registrar would say when the device stands there with its string. */
const requirePart = ({ application, mode, parameters }: Policy, part: string | undefined): void => {
	if (part !== undefined && !isExpectedPart(part)) {
		throw new Problem(
			'request-malformed',
			`${JSON.stringify(part)} names no part: "ek:" and 64 hex digits, or "serial:" and up to 64 letters and digits, then "@" and its manufacturer where the site names several.`,
		);
	}
	if (part === undefined && mode === 'enforce' && parameters['expected-device'] === 'token-this-part') {
		throw new Problem(
			'request-malformed',
			`${application} admits the very part alone that is expected: name it (--part). On the device, keyward device part prints it.`,
		);
	}
};

/** The class that is asked for, or the only one. Throws `Problem('policy-unknown-reference')`. */
export const classFor = (policy: Policy, asked: string | undefined): string => {
	const classes = Array.from(policy.devices.keys());
	const [only] = classes;
	if (asked === undefined) {
		if (only !== undefined && classes.length === 1) return only;
		throw new Problem(
			'policy-unknown-reference',
			`Say which class the device has: ${classes.join(', ') || 'the policy has none'}.`,
		);
	}
	if (policy.devices.has(asked)) return asked;
	throw new Problem(
		'policy-unknown-reference',
		`The policy of ${policy.application} has ${classes.length === 0 ? 'no classes' : `the ${classes.length === 1 ? 'class' : 'classes'} ${classes.join(', ')}`}, and no ${JSON.stringify(asked)}${didYouMean(asked, classes) || '.'}`,
	);
};
