import type { Instant } from '../units/instant.ts';
import { count, type FoundKey, type Holding, type KeyFinding } from './found-key.ts';

/**
 * One key under several identities (CR 1.2 RE(1), CR 1.5). The very same certificate found twice is one identity; so are a
 * private key and its certificate or request. A bare public key names no holder, so copies of it prove nothing.
 *
 * False alarms: two equal keys by chance, never. A subject that was renamed, or a private key kept in two folders as a
 * backup, is reported and is for the reader to judge. An authority's key under several certificates (cross-signing) is not.
 */
export const checkDuplicates = (keys: Iterable<FoundKey>, now: Instant): KeyFinding[] => {
	const findings: KeyFinding[] = [];
	for (const key of keys) {
		if (key.holdings.length < 2) continue;
		const finding = sharedByNames(key) ?? copiedPrivately(key) ?? keptAtRenewal(key, now);
		if (finding !== null) findings.push(finding);
	}
	return findings;
};

const sharedByNames = (key: FoundKey): KeyFinding | null => {
	const names = new Set<string>();
	for (const { certificate } of key.holdings) {
		// A certificate without a subject is its own name.
		if (certificate !== null) names.add(certificate.subject || Buffer.from(certificate.fingerprint).toString('hex'));
	}
	if (names.size < 2) return null;
	const open = key.holdings.some(({ privateFound }) => privateFound);
	return {
		check: 'duplicate-key',
		severity: open ? 'critical' : 'high',
		keys: [{ key }],
		detail: `${names.size} subjects have certificates for one key${open ? ', and the private key lies in these files' : ''}.`,
		attack: 'Whoever opens one of these devices holds the key of all, and can pose as any of them.',
		mend: 'Make a key on each device, certify it anew and revoke these certificates.',
	};
};

const copiedPrivately = (key: FoundKey): KeyFinding | null => {
	const copies = key.holdings.filter(({ privateFound }) => privateFound);
	const files = new Set(copies.map(({ at }) => at.file));
	const stems = new Set(copies.map(({ at }) => stem(at.file)));
	// device.key, device.pem and device.p12 in one folder are one identity in three forms.
	if (files.size < 2 || stems.size < 2) return null;
	return {
		check: 'duplicate-key',
		severity: 'high',
		keys: [{ key, holdings: copies }],
		detail: `One private key lies in ${count(files.size, 'file')}.`,
		attack:
			'If these files belong to several devices, whoever opens one device holds the key of all; if they are copies, the easiest to steal decides.',
		mend: 'Make a key on each device. Where these are copies for one device, keep one and erase the others.',
	};
};

/** Folder and name up to the first dot after its first character. */
const stem = (file: string): string => {
	const name = Math.max(file.lastIndexOf('/'), file.lastIndexOf('\\')) + 1;
	const dot = file.indexOf('.', name + 1);
	return dot === -1 ? file : file.slice(0, dot);
};

const keptAtRenewal = (key: FoundKey, now: Instant): KeyFinding | null => {
	const valid = new Map<string, Holding[]>();
	for (const holding of key.holdings) {
		const { certificate } = holding;
		if (certificate === null || certificate.isCa || (certificate.notAfter ?? Infinity) < now) continue;
		const fingerprint = Buffer.from(certificate.fingerprint).toString('hex');
		const holdings = valid.get(fingerprint);
		if (holdings === undefined) valid.set(fingerprint, [holding]);
		else holdings.push(holding);
	}
	if (valid.size < 2) return null;
	return {
		check: 'duplicate-key',
		severity: 'low',
		keys: [{ key, holdings: [...valid.values()].flat() }],
		detail: `${valid.size} certificates that are still valid certify one key under one subject.`,
		attack:
			'A stolen key goes on working after the certificate is renewed, and revoking one certificate does not end it.',
		mend: 'Make a new key at each renewal, and revoke the certificate that it replaces.',
	};
};
