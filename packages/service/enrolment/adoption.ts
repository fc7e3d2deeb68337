import { Problem } from '@keyward/core';
import type { AttestationTrust } from '@keyward/core/attest';
import { isSamePrincipal } from '@keyward/core/device';
import {
	expectPrincipal,
	type Judgement,
	judgeOtherCertificate,
	judgePledge,
	readOtherAuthority,
} from '@keyward/core/enrol';
import { keyThumbprint, readCertificate } from '@keyward/core/format';
import type { PublishedKeys } from '@keyward/core/keycheck';
import type { Policy } from '@keyward/core/policy';
import type {
	CertificateStore,
	Clock,
	Entropy,
	FactStore,
	IssuedCertificate,
	PartStore,
	Principal,
	PrincipalName,
	PrincipalStore,
} from '@keyward/core/port';
import type { Authority } from '../authority/authority.ts';
import type { createMutex } from '../thread/mutex.ts';
import { enrolmentFacts } from './enrolment-facts.ts';
import { findRequestedKey } from './requested-key.ts';
import { classFor, requireName, requirePolicy } from './registration.ts';

/** How a device of an existing fleet comes in under the certificate that it has. */
export interface Adoption {
	/**
	 * Registers the device and takes in its certificate, DER, by the first CA of `authority` (DER; then those above it), which its
	 * class must trust. The device proves that it has the key whenever it connects. False when it is in already. Throws
	 * `Problem('device-exists')` for one that came in otherwise, `ca-retired`, `certificate-malformed`, `certificate-expired`, and what
	 * the registrar refuses.
	 */
	adopt(
		application: string,
		device: string,
		deviceClass: string | undefined,
		certificate: Uint8Array,
		authority: readonly Uint8Array[],
	): Promise<boolean>;
}

interface AdoptionOptions {
	readonly store: PrincipalStore & CertificateStore & FactStore & PartStore;
	readonly authority: Authority;
	readonly clock: Clock;
	readonly entropy: Entropy;
	readonly trust: AttestationTrust;
	readonly published: PublishedKeys;
	readonly policyOf: (application: string) => Policy | null;
	/** The turns of enrolments. */
	readonly inTurn: ReturnType<typeof createMutex>;
	/** Told of a device before it is adopted under a name that another may have had. */
	readonly onJoining: ((device: PrincipalName) => Promise<void>) | undefined;
}

export const createAdoption = (options: AdoptionOptions): Adoption => {
	const { store, authority, clock, entropy, trust, published, policyOf, inTurn, onJoining } = options;

	/** Puts down who is expected, so that the certificate has somebody; nobody learns the token, which ends with the adoption. */
	const expect = async (name: PrincipalName, className: string, known: Principal | null): Promise<void> => {
		const { principal, token } = expectPrincipal(name, className, known?.part ?? null, entropy, clock.now());
		await store.expect(principal, token);
	};

	/** It is in already. What a crash kept from being recorded of it is recorded, unless it has a later certificate. */
	const again = async (there: IssuedCertificate, principal: Principal | null): Promise<false> => {
		const { principal: name, revoked, der } = there;
		if (revoked !== null)
			throw new Problem(
				'certificate-revoked',
				`This certificate of ${name.id} was revoked here: register it with a new key (keyward device expect).`,
			);
		const newest = (await store.certificates(name)).at(-1);
		if (newest !== undefined && Buffer.compare(newest.fingerprint, there.fingerprint) === 0)
			await store.putFacts(enrolmentFacts(there, principal, readCertificate(der).publicKey, clock.now()));
		return false;
	};

	return {
		adopt: async (application, device, deviceClass, der, chain) => {
			const policy = requirePolicy(policyOf, application);
			const name = requireName('device', application, device);
			const className = classFor(policy, deviceClass);
			const now = clock.now();
			// RFC 5280 §6: before anything is kept. That the policy names this CA is what makes it an anchor.
			const { view, origin } = judgeOtherCertificate(der, readOtherAuthority(chain), now);
			await authority.others.take(application, className, chain);
			return inTurn(async () => {
				const known = await store.principal(name);
				const there = await store.certificate(view.fingerprint);
				if (there !== null && isSamePrincipal(there.principal, name)) return again(there, known);
				if (known !== null && known.state !== 'expected' && known.state !== 'retired')
					throw new Problem('device-exists', `${device} is ${known.state} with another certificate: retire it first.`);
				const key = await findRequestedKey(store, trust, view.publicKey, name, null);
				const principal: Principal = {
					...name,
					class: className,
					part: known?.part ?? null,
					state: 'expected',
					at: now,
				};
				requireTaken(judgePledge({ principal, key, policy, published, now }));
				await onJoining?.(name);
				await expect(name, className, known);
				const certificate: IssuedCertificate = {
					...{
						fingerprint: view.fingerprint,
						serial: view.serial,
						principal: name,
						key: keyThumbprint(view.publicKey),
					},
					evidence: { ...key.evidence, adopted: true },
					// CR 1.9: the lifetime that the policy allows counts from here, in which the device gets a certificate of this site.
					...{ notBefore: Math.max(view.notBefore, now), notAfter: view.notAfter, der, revoked: null },
				};
				await store.adopt(certificate, origin, now, key.holders);
				await store.putFacts(enrolmentFacts(certificate, principal, view.publicKey, now));
				return true;
			});
		},
	};
};

const requireTaken = (judgement: Judgement): void => {
	if (judgement.admit) return;
	const [{ code }] = judgement.refusals;
	throw new Problem(code, judgement.refusals.map(({ reason, requirement }) => `${reason} (${requirement})`).join(' '));
};
