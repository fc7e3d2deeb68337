import type { Instant } from '@keyward/core';
import { custodyProof, expectedBy, keyStrength } from '@keyward/core/enrol';
import type { Component, Fact } from '@keyward/core/policy';
import type { IssuedCertificate, Principal } from '@keyward/core/port';

/** What the registrar saw when it issued; each counts for as long as the certificate does. */
export const enrolmentFacts = (
	certificate: IssuedCertificate,
	principal: Pick<Principal, 'part'> | null,
	publicKey: Uint8Array,
	now: Instant,
): Fact[] => {
	const { kind, application, id } = certificate.principal;
	const { evidence } = certificate;
	const subject: Component = { kind, application, id };
	const seen = (claim: Fact['claim'], value: Fact['value'], strength: Fact['strength'] = 'observed'): Fact => ({
		subject,
		claim,
		value,
		strength,
		source: evidence.emulated ? 'registrar (emulated part)' : 'registrar',
		at: now,
		until: certificate.notAfter,
	});
	const strength = keyStrength(publicKey);
	return [
		seen('certificate-lifetime', certificate.notAfter - certificate.notBefore),
		...(strength === null ? [] : [seen('key-strength', strength)]),
		seen('device-authentication', 'certificate'),
		seen('unique-key', true),
		// It came with a token out of a commissioning string, which carries the pin of the service's CA.
		seen('service-authentication', true, 'claimed'),
		...(kind === 'device'
			? [
					seen('key-custody', custodyProof(evidence), evidence.proof),
					seen(
						'expected-device',
						expectedBy(principal ?? { part: null }, evidence),
						// No token was spent for what was taken in: its name stands on an operator's list.
						evidence.adopted === true ? 'claimed' : strengthOfExpectation(evidence.proof),
					),
				]
			: []),
	];
};

/** A token is seen to be spent; what the part shows is as good as who vouches for it. */
const strengthOfExpectation = (proof: Fact['strength']): Fact['strength'] => (proof === 'claimed' ? 'observed' : proof);
