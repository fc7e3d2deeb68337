import { Problem } from '@keyward/core';
import { readVerifierKey, signatureType } from '@keyward/core/ledger';
import type { Value } from '@keyward/core/policy';
import type { WitnessTerms } from './site-file.ts';
import { type SiteDocument, words } from './written.ts';

/** More than any public network has; each is asked at every checkpoint. */
const MOST = 32;

/** The `witnesses` of a site file; null when there are none, or, with findings, when they are not as they should be. */
export const readWitnesses = (site: SiteDocument, value: Value | undefined): WitnessTerms | null => {
	if (value === undefined) return null;
	const { document } = site;
	const members = document.members(value, ['quorum', 'of'], ['quorum', 'of']);
	const [quorumAt, ofAt] = [members?.get('quorum'), members?.get('of')];
	const items = (ofAt && document.items(ofAt)) ?? [];
	if (ofAt && (items.length === 0 || items.length > MOST))
		document.bad(ofAt.offset, `${ofAt.path} must name from 1 to ${MOST} witnesses`);
	const found: WitnessTerms['of'][number][] = [];
	for (const item of items) {
		const entry = document.members(item, ['url', 'key'], ['url', 'key']);
		const [urlAt, keyAt] = [entry?.get('url'), entry?.get('key')];
		const written = urlAt && document.scalar(urlAt, 'an address, such as https://witness.example/', words);
		const url = written ? address(written) : null;
		// What was written is not repeated: it may hold a password.
		if (urlAt && written && url === null)
			document.bad(urlAt.offset, `${urlAt.path} must be an http:// or https:// address without name and password`);
		const key = keyAt && document.scalar(keyAt, 'the verifier key that keyward witness key prints', verifierKey);
		if (!url || !key) continue;
		// One witness counts once, under whatever name its key is given.
		if (found.some((one) => secretOf(one.key) === secretOf(key)))
			document.bad(item.offset, `${value.path} names the key of ${nameOf(key)} twice: each witness counts once`);
		found.push({ url, key });
	}
	const quorum =
		quorumAt && document.scalar(quorumAt, 'how many of them must vouch: a whole number from 1', wholeNumber);
	if (quorumAt && quorum && quorum > items.length)
		document.bad(
			quorumAt.offset,
			`${quorumAt.path} is ${quorum}, and only ${items.length} witness${items.length === 1 ? ' is' : 'es are'} named`,
		);
	return quorum && found.length > 0 ? { quorum, of: found } : null;
};

const nameOf = (key: string): string => readVerifierKey(key, signatureType.cosignature).name;
const secretOf = (key: string): string =>
	Buffer.from(readVerifierKey(key, signatureType.cosignature).publicKey).toString('hex');

const wholeNumber = (scalar: unknown): number | null =>
	typeof scalar === 'number' && Number.isInteger(scalar) && scalar >= 1 ? scalar : null;

const verifierKey = (scalar: unknown): string | null => {
	if (typeof scalar !== 'string') return null;
	try {
		readVerifierKey(scalar, signatureType.cosignature);
		return scalar;
	} catch (error) {
		if (error instanceof Problem) return null;
		throw error;
	}
};

/** Where its submission prefix is, with a slash at the end. */
const address = (written: string): string | null => {
	const url = URL.parse(written);
	if (url === null || url.username !== '' || url.password !== '' || url.search !== '' || url.hash !== '') return null;
	if (url.protocol !== 'https:' && url.protocol !== 'http:') return null;
	return url.href.endsWith('/') ? url.href : `${url.href}/`;
};
