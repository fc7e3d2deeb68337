import { Problem } from '@keyward/core';
import { principalKey } from '@keyward/core/device';
import type { CertificateStore } from '@keyward/core/port';
import { hex, type RegistryState } from './registry-state.ts';

export const memoryCertificates = ({ certificates, holders }: RegistryState): CertificateStore => ({
	certificate: async (fingerprint) => structuredClone(certificates.get(hex(fingerprint)) ?? null),
	certificates: async (name) =>
		structuredClone([...certificates.values()].filter((each) => principalKey(each.principal) === principalKey(name))),
	holders: async (key) => holders(key),
	certificateBySerial: async (serial) =>
		structuredClone([...certificates.values()].find((each) => each.serial === serial) ?? null),
	revoked: async (application, endingAfter) =>
		[...certificates.values()].flatMap(({ principal, serial, notAfter, der, revoked }) =>
			principal.application === application && revoked !== null && notAfter > endingAfter
				? [{ serial, notAfter, der: der.slice(), revoked: { ...revoked } }]
				: [],
		),
	revoke: async (fingerprint, { at, cause, reason }) => {
		const known = certificates.get(hex(fingerprint));
		if (!known) throw new Problem('certificate-unknown', 'No such certificate was issued here.');
		if (!known.revoked) certificates.set(hex(fingerprint), { ...known, revoked: { at, cause, reason } });
	},
});
