import { list, type Value } from '@keyward/core/policy';
import { type SecurityText, securityUri } from '@keyward/core/update';
import { type Instant, writtenInstant } from '@keyward/core';
import type { SiteDocument } from './written.ts';

const lists = ['encryption', 'acknowledgments', 'canonical', 'policy', 'hiring'] as const;
const keys = ['contact', 'expires', 'preferred-languages', ...lists];

const CONTACT = 'mailto:, tel: or https: with an address, such as mailto:security@plant.example';
const ADDRESS = 'an https: address';
const EXPIRES = 'a time with its zone, such as 2027-06-01T00:00:00Z';
const LANGUAGE = 'the tag of a language, such as en';

const uri =
	(isContact: boolean) =>
	(scalar: unknown): string | null =>
		typeof scalar === 'string' ? securityUri(scalar, isContact) : null;

const language = (scalar: unknown): string | null =>
	typeof scalar === 'string' && /^[A-Za-z]{1,8}(-[A-Za-z0-9]{1,8})*$/.test(scalar) ? scalar : null;

const instant = (scalar: unknown): Instant | null => {
	const isTime = typeof scalar === 'string' && /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$/.test(scalar);
	const at = isTime ? writtenInstant(scalar) : null;
	return at !== null && at >= 0 ? at : null;
};

/** `security-txt` of a site file (RFC 9116); null when there is none, or, with findings, when it is not as it should be. */
export const readSecurityText = ({ document }: SiteDocument, value: Value | undefined): SecurityText | null => {
	if (value === undefined) return null;
	const members = document.members(value, keys, ['contact', 'expires']);
	const listOf = (key: string, expects: string, accept: (scalar: unknown) => string | null, least: 0 | 1 = 0) => {
		const at = members?.get(key);
		return at ? list(document, at, expects, accept, least) : [];
	};
	const expiresAt = members?.get('expires');
	const contact = listOf('contact', CONTACT, uri(true), 1);
	const expires = expiresAt && document.scalar(expiresAt, EXPIRES, instant);
	const languages = listOf('preferred-languages', LANGUAGE, language);
	const [encryption, acknowledgments, canonical, policy, hiring] = lists.map((key) => listOf(key, ADDRESS, uri(false)));
	if (!contact || contact.length === 0 || !expires || !languages) return null;
	if (!encryption || !acknowledgments || !canonical || !policy || !hiring) return null;
	return { contact, expires, encryption, acknowledgments, canonical, policy, hiring, preferredLanguages: languages };
};
