import type { Instant } from '../units/instant.ts';
import { areCopies, areTrials } from './copies.ts';
import { count, type FoundKey, type Holding, type KeyFinding } from './found-key.ts';
import { holdersOf, namesOf, onlyAddressed } from './holder.ts';
import { devicesOfPlaces, firstOf } from './places-alike.ts';
import { placesOfOneList } from './places-of-one-list.ts';
import { plainId } from './psk-fleet.ts';

/**
 * One key with several holders (CR 1.2 RE(1), CR 1.5; EN 303 645 5.4-4). A holder is who a file names. The very same certificate found
 * twice is one holder; so are a private key and its certificate or request, also in
 * folders by form, where the files are named after the holder. A bare copy is a place and not a holder.
 *
 * False alarms: two equal keys by chance, never. A holder that was renamed, or a private key kept in two folders as a
 * backup, is reported and is for the reader to judge. An authority's key under several certificates (cross-signing) is not.
 */
export const checkDuplicates = (keys: Iterable<FoundKey>, now: Instant): KeyFinding[] => {
	const all = [...keys];
	const listed = placesOfOneList(all);
	const findings: KeyFinding[] = [];
	for (const key of all) {
		if (key.holdings.length < 2) continue;
		const finding =
			sharedByNames(key) ?? copiedPrivately(key) ?? sharedInList(key, listed(key)) ?? underOneName(key, now);
		if (finding !== null) findings.push(finding);
	}
	return findings;
};

const ATTACK = 'A thief of one of these devices has the key of all of them, and can pose as any of them.';
const MEND = 'Make a new key on each device, get a certificate for it, and revoke the old certificates.';

/** So many of one host, over its name, are no longer passed over. */
const MOST_ADDRESSES = 3;

const sharedByNames = (key: FoundKey): KeyFinding | null => {
	const groups = holdersOf(key.holdings);
	const addresses = onlyAddressed(groups);
	const names = groups.length - addresses.groups;
	if (names === 1 && addresses.most >= MOST_ADDRESSES)
		return {
			check: 'duplicate-key',
			severity: 'medium',
			keys: [{ key }],
			detail: `One host and ${count(addresses.groups, 'address', 'addresses')} without a name have the same key: addresses that it has or had, or other hosts with its key.`,
			attack: ATTACK,
			mend: `Look whether the addresses belong to one host. If not: ${MEND}`,
		};
	const holders = names > 0 ? names : addresses.most;
	if (holders < 2) return null;
	const open = key.holdings.some(({ privateFound }) => privateFound);
	return {
		check: 'duplicate-key',
		severity: open ? 'critical' : 'high',
		keys: [{ key }],
		detail: `${holders} holders have the same key${open ? ', and its private half lies in these files' : ''}.`,
		attack: ATTACK,
		mend: MEND,
	};
};

const copiedPrivately = (key: FoundKey): KeyFinding | null => {
	const copies = key.holdings.filter(({ privateFound }) => privateFound);
	const devices = devicesOfPlaces(copies.map(({ at }) => at));
	if (devices.length > 1)
		return {
			check: 'duplicate-key',
			severity: 'critical',
			keys: [{ key, holdings: copies }],
			detail: `The same private key lies on ${count(devices.length, 'device')}, by the names of their places: ${firstOf(devices)}.`,
			attack: ATTACK,
			mend: MEND,
		};
	const files = new Set(copies.map(({ at }) => at.file));
	const stems = new Set(copies.map(({ at }) => withoutContents(at.file)));
	// device.key, device.pem and device.p12 in one folder are one holder in three forms.
	if (files.size < 2 || stems.size < 2 || areFormsOfOne(key.holdings, copies)) return null;
	const meant = meantSo(key, [...files]);
	if (meant !== null)
		return {
			check: 'duplicate-key',
			severity: 'low',
			keys: [{ key, holdings: copies }],
			detail: `The same private key lies in ${count(files.size, 'file')}: ${meant}.`,
			attack: 'A thief takes the copy that is easiest to get at.',
			mend: 'Keep no more copies than are needed, each as well guarded as the key itself.',
		};
	return {
		check: 'duplicate-key',
		severity: 'high',
		keys: [{ key, holdings: copies }],
		detail: `The same private key lies in ${count(files.size, 'file')}.`,
		attack:
			'If these files belong to several devices, a thief of one device has the key of all. If they are copies, a thief takes the easiest.',
		mend: 'Make a new key on each device. If these are copies for one device, keep one and erase the others.',
	};
};

const sharedInList = (key: FoundKey, holdings: readonly Holding[]): KeyFinding | null =>
	holdings.length === 0
		? null
		: {
				check: 'duplicate-key',
				severity: 'high',
				keys: [{ key, holdings }],
				detail: `The same private key stands at ${holdings.length} places of one list, in which other keys stand once.`,
				attack: ATTACK,
				mend: MEND,
			};

/** Why these places of a private key are no sign of several devices; null where nothing says so. */
const meantSo = (key: FoundKey, files: readonly string[]): string | null => {
	if (areCopies(files)) return 'by their names, one and its copies';
	if (areTrials(files)) return 'they lie among tests or examples';
	const isWild = key.holdings.some((one) => one.certificate !== null && namesOfCertificate(one).some(isWildcard));
	return isWild ? 'its certificate is for all names of a domain, and so meant for several servers' : null;
};
const namesOfCertificate = ({ certificate }: Holding): readonly string[] => [
	...(certificate?.names ?? []),
	/(?:^|, ?)CN=([^,]+)/.exec(certificate?.subject ?? '')?.[1] ?? '',
];
const isWildcard = (name: string): boolean => name.startsWith('*.');

/** Endings of names that say what a file holds. Others are part of the name: `10.0.0.1`, `pump.7`. */
const ENDING =
	/\.(pem|key|crt|cer|cert|der|p12|pfx|p8|pk8|pkcs8|csr|req|pub|jwk|json|asc|gpg|ppk|bin|img|txt|priv|private|bak|old|orig|gz)$/i;

/** What a file holds, said behind its holder's name: `pump-1-bundle.pem`, `pump-1-key-and-cert.pem`. */
const CONTENTS =
	'bundle|fullchain|full|chain|combined|merged|with|and|certs?|certificates?|keys?|keycert|certkey|keyandcert|certandkey|keypair|priv|private|privkey|privatekey|pkcs8|pk8|pkcs12|p12|pem|der|rsa|ecc?|ecdsa|ed25519|unencrypted|decrypted|plain|nopass|nopassphrase';
const BEHIND = new RegExp(`[-_. ](?:${CONTENTS})$`, 'i');
const ONLY = new RegExp(`^(?:${CONTENTS})(?:[-_. ](?:${CONTENTS}))*$`, 'i');
/** The same of the program, the protocol or the end of a link that it is for. */
const PURPOSE =
	/[-_. ](?:tls|ssl|haproxy|stunnel|nginx|apache|mosquitto|mqtt|client|server|device|identity|leaf|node)$/i;
const BEFORE = /^(?:bundle|combined|cert|key|client|device|private|privkey)[-_.]/i;

/** Folder and name without the endings that say what is in the file. */
const stem = (file: string): string => {
	let rest = file;
	while (ENDING.test(rest)) rest = rest.replace(ENDING, '');
	return rest;
};

/** The same without the words that say it. */
const withoutContents = (file: string): string => {
	let rest = stem(file);
	while (BEHIND.test(rest)) rest = stem(rest.replace(BEHIND, ''));
	return rest;
};

/** A name of a file or folder without what it is for. */
const withoutPurpose = (name: string): string => {
	let rest = withoutContents(name).replace(BEFORE, '');
	while (PURPOSE.test(rest)) rest = withoutContents(rest.replace(PURPOSE, ''));
	return plainId(rest);
};

/**
 * `devices/pump-1.key` and `p12/pump-1.p12`: forms of one key in places named after a holder that a certificate names.
 * Two files of one name (`pump-1/tls.key`, `pump-2/tls.key`) may be on two devices, whatever their certificate says.
 */
const areFormsOfOne = (holdings: readonly Holding[], copies: readonly Holding[]): boolean => {
	const files = [...new Set(copies.map(({ at }) => at.file))].map((file) => ({ file, path: file.split(/[/\\]/) }));
	if (new Set(files.map(({ path }) => path.at(-1))).size < files.length) return false;
	// A file and its folder: `pump-1/device.key` too is named after pump-1.
	const places = files.map(({ path }) => new Set(path.slice(-2).map(withoutPurpose)));
	const folder = ({ path }: { readonly path: readonly string[] }): string => path.slice(0, -1).join('/');
	// `combined.pem` beside them is what its certificate names.
	const isOf = (name: string, at: number): boolean =>
		places[at]?.has(name) === true ||
		(ONLY.test(stem(files[at]?.path.at(-1) ?? '')) &&
			files.some((other, index) => places[index]?.has(name) === true && folder(other) === folder(files[at] ?? other)) &&
			holdings.some(
				(one) => one.certificate !== null && one.at.file === files[at]?.file && namesOf(one).includes(name),
			));
	return holdings.flatMap(namesOf).some((name) => files.every((_, at) => isOf(name, at)));
};

/** Certificates of one holder that are still valid: renewals that kept the key, or certificates issued side by side. */
const underOneName = (key: FoundKey, now: Instant): KeyFinding | null => {
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
	const keys = [{ key, holdings: [...valid.values()].flat() }];
	if (issuedSideBySide([...valid.values()])) {
		return {
			check: 'duplicate-key',
			severity: 'high',
			keys,
			detail: `${valid.size} certificates have the same key and the same name, and none of them renews another.`,
			attack: 'If several devices use this name, a thief of one of them has the key of all.',
			mend: `Give each device a name. ${MEND}`,
		};
	}
	return {
		check: 'duplicate-key',
		severity: 'low',
		keys,
		detail: `${valid.size} certificates of one subject that are still valid have the same key.`,
		attack:
			'A stolen key still works after the certificate is renewed, and to revoke one certificate does not stop it.',
		mend: 'Make a new key at each renewal, and revoke the certificate that it replaces.',
	};
};

/** True when two of them begin within the first half of a lifetime: a renewal comes towards its end. */
const issuedSideBySide = (certificates: readonly (readonly Holding[])[]): boolean => {
	const spans = certificates
		.flatMap(([first]) => first?.certificate ?? [])
		.toSorted((one, other) => one.notBefore - other.notBefore);
	return spans.some((next, index) => {
		const before = spans[index - 1];
		if (before === undefined) return false;
		return next.notBefore < before.notBefore + ((before.notAfter ?? Infinity) - before.notBefore) / 2;
	});
};
