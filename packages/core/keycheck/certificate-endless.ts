import type { Instant } from '../units/instant.ts';
import { days } from '../units/milliseconds.ts';
import { count, type FoundKey, type Holding, type KeyFinding } from './found-key.ts';

interface Group {
	readonly issuer: string;
	readonly authority: boolean;
	readonly members: Map<FoundKey, Holding[]>;
}

/** Longer than any device serves. */
const PRACTICALLY_ENDLESS = days(50 * 365.25);

/**
 * Certificates without an end (99991231235959Z, RFC 5280 §4.1.2.5) or with one more than 50 years from now and after their start
 * (CR 1.8, CR 1.9). False alarms: a manufacturer's IDevID is meant to be endless (IEEE 802.1AR §8.7), so these are never above medium.
 */
export const checkEndless = (keys: Iterable<FoundKey>, now: Instant): KeyFinding[] => {
	const byIssuer = new Map<string, Group>();
	for (const key of keys) {
		for (const holding of key.holdings) {
			const { certificate } = holding;
			if (certificate === null) continue;
			const { notBefore, notAfter, issuer } = certificate;
			if (notAfter !== null && notAfter - Math.max(notBefore, now) <= PRACTICALLY_ENDLESS) continue;
			const authority = certificate.isCa && !certificate.looksLikeDevice;
			const name = `${authority ? 'authority' : 'device'} ${issuer}`;
			const group = byIssuer.get(name) ?? { issuer, authority, members: new Map<FoundKey, Holding[]>() };
			byIssuer.set(name, group);
			const holdings = group.members.get(key);
			if (holdings === undefined) group.members.set(key, [holding]);
			else holdings.push(holding);
		}
	}
	return [...byIssuer.values()].map(({ issuer, authority, members }) => {
		const number = new Set([...members.values()].flat().map(fingerprintOf)).size;
		return {
			check: 'certificate-endless',
			severity: 'medium',
			keys: [...members].map(([key, holdings]) => ({ key, holdings })),
			detail: `${authority ? count(number, 'certificate of an authority', 'certificates of authorities') : count(number, 'certificate')} by ${issuer === '' ? 'an unnamed issuer' : issuer} without an end, or valid for more than 50 years from now.`,
			attack: 'A stolen key works for ever where revocation is not checked, and nothing makes anybody replace it.',
			mend: authority
				? 'Give an authority an end, and change to its successor before that.'
				: 'Use such a certificate only as the manufacturer’s birth certificate (IDevID), and enrol for short-lived ones with it.',
		};
	});
};

const fingerprintOf = ({ certificate }: Holding): string =>
	Buffer.from(certificate?.fingerprint ?? new Uint8Array()).toString('hex');
