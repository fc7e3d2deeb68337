import type { Instant } from '@keyward/core';
import { keyStrength } from '@keyward/core/enrol';
import type { Component, Fact } from '@keyward/core/policy';
import type { IssuedCertificate } from '@keyward/core/port';

/** What the registrar saw when it issued; each counts for as long as the certificate does. */
export const enrolmentFacts = (certificate: IssuedCertificate, publicKey: Uint8Array, now: Instant): Fact[] => {
	const { kind, application, id } = certificate.principal;
	const subject: Component = { kind, application, id };
	const seen = (claim: Fact['claim'], value: Fact['value'], strength: Fact['strength'] = 'observed'): Fact => ({
		subject,
		claim,
		value,
		strength,
		source: 'registrar',
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
		// Where the key lives is only said, not shown.
		...(kind === 'device' ? [seen('key-custody', 'any', 'claimed'), seen('expected-device', 'token')] : []),
	];
};
