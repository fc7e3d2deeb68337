import type { Instant } from '../units/instant.ts';

/** How to report a flaw (RFC 9116). */
export interface SecurityText {
	/** In order of preference. */
	readonly contact: readonly string[];
	readonly expires: Instant;
	readonly encryption: readonly string[];
	readonly acknowledgments: readonly string[];
	readonly canonical: readonly string[];
	readonly policy: readonly string[];
	readonly hiring: readonly string[];
	readonly preferredLanguages: readonly string[];
}

/** RFC 9116 §2.5.5: from this moment on the text counts for nothing. */
export const isExpired = ({ expires }: Pick<SecurityText, 'expires'>, now: Instant): boolean => now >= expires;

/** A URI that a field may have (RFC 9116 §2.5): web addresses by https alone; mail and telephone where people are reached. Null for any other. */
export const securityUri = (written: string, isContact: boolean): string | null => {
	if (!/^[\x21-\x7e]{1,1000}$/.test(written)) return null;
	if (/^mailto:[^@\s]+@[^@\s]+$/.test(written) || /^tel:\+?[\d.()-]{3,}$/.test(written))
		return isContact ? written : null;
	const url = URL.parse(written);
	if (url?.protocol === 'https:' && url.hostname !== '') return written;
	return !isContact && /^(openpgp4fpr|dns):\S+$/.test(written) ? written : null;
};

/** The file, as it is served (RFC 9116 §2.2, §4). */
export const printSecurityText = (text: SecurityText): string => {
	const field = (name: string, values: readonly string[]): string[] => values.map((value) => `${name}: ${value}`);
	const lines = [
		...field('Contact', text.contact),
		`Expires: ${new Date(text.expires).toISOString()}`,
		...field('Encryption', text.encryption),
		...field('Acknowledgments', text.acknowledgments),
		...(text.preferredLanguages.length === 0 ? [] : [`Preferred-Languages: ${text.preferredLanguages.join(', ')}`]),
		...field('Canonical', text.canonical),
		...field('Policy', text.policy),
		...field('Hiring', text.hiring),
	];
	return `${lines.join('\n')}\n`;
};
