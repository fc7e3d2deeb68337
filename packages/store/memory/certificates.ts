import { Problem } from '@keyward/core';
import { mayUseCertificate, principalKey } from '@keyward/core/device';
import type { CertificateStore } from '@keyward/core/port';
import { heldMeanwhile, isHeldByOthers } from '../rules/conflict.ts';
import { endedMeanwhile, serialGivenTwice } from '../rules/ended.ts';
import { hex, type RegistryState } from './registry-state.ts';

export const memoryCertificates = ({
	certificates,
	origins,
	holders,
	principals,
	move,
	endAdmissions,
}: RegistryState): CertificateStore => ({
	certificate: async (fingerprint) => structuredClone(certificates.get(hex(fingerprint)) ?? null),
	certificates: async (name) =>
		structuredClone([...certificates.values()].filter((each) => principalKey(each.principal) === principalKey(name))),
	holders: async (key) => holders(key),
	certificateBySerial: async (serial) =>
		structuredClone(
			[...certificates.values()].find((each) => each.serial === serial && !origins.has(hex(each.fingerprint))) ?? null,
		),
	revoked: async (application, endingAfter) =>
		[...certificates.values()].flatMap(({ principal, serial, notAfter, der, revoked }) =>
			principal.application === application && revoked !== null && notAfter > endingAfter
				? [{ serial, notAfter, der: der.slice(), revoked: { ...revoked } }]
				: [],
		),
	adopt: async (certificate, origin, at, known = []) => {
		const { serial, principal, key, fingerprint } = certificate;
		const there = [...certificates.values()].find((each) => {
			const by = origins.get(hex(each.fingerprint)) ?? null;
			return each.serial === serial && (by && hex(by.issuer)) === (origin && hex(origin.issuer));
		});
		if (there !== undefined) {
			const part = origins.get(hex(there.fingerprint))?.signedPart ?? there.fingerprint;
			if (hex(part) === hex(origin?.signedPart ?? fingerprint)) return false;
			throw serialGivenTwice(serial);
		}
		const state = principals.get(principalKey(principal))?.state;
		const newest = [...certificates.values()].findLast(
			(each) => each.revoked === null && principalKey(each.principal) === principalKey(principal),
		);
		const holds = state !== undefined && mayUseCertificate(state) && newest !== undefined;
		if (state !== 'expected' && !holds) throw endedMeanwhile(principal);
		if (isHeldByOthers(holders(key), principal, known)) throw heldMeanwhile(principal);
		const { evidence } = certificate;
		endAdmissions(principal);
		certificates.set(
			hex(fingerprint),
			structuredClone({ ...certificate, evidence: origin === null ? evidence : { ...evidence, adopted: true } }),
		);
		if (origin !== null) origins.set(hex(fingerprint), structuredClone(origin));
		if (state === 'expected') move(principal, 'certify', at);
		else {
			move(principal, 'renew', at);
			move(principal, newest !== undefined && hex(newest.key) === hex(key) ? 'renewed' : 're-key', at);
		}
		return true;
	},
	revoke: async (fingerprint, { at, cause, reason }) => {
		const known = certificates.get(hex(fingerprint));
		if (!known) throw new Problem('certificate-unknown', 'No such certificate was issued here.');
		if (!known.revoked) certificates.set(hex(fingerprint), { ...known, revoked: { at, cause, reason } });
	},
});
