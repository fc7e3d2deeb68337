import { defaultPsks, defaultWords } from './default-psks.ts';
import { count } from './found-key.ts';
import { isText } from './psk-model.ts';
import type { PskCheck, PskFinding } from './psk-fleet.ts';

/**
 * PSKs that anybody can look up: in stacks, examples and manuals, all octets 0 or 255, or a common word with digits and
 * signs about it (EN 303 645 5.1-1, CR 1.5).
 *
 * False alarms: below 2^-100 for a random secret of 16 octets and the list; 2^-55 for words.
 */
export const checkDefaults: PskCheck = ({ fleet, open }) => {
	const rows = new Map<string, number[]>();
	for (let row = 0; row < fleet.size; row++) {
		const origin = open(row) ? originOf(fleet.secret(row)) : null;
		if (origin === null) continue;
		const known = rows.get(origin);
		if (known === undefined) rows.set(origin, [row]);
		else known.push(row);
	}
	return [...rows].map(([origin, rows]): PskFinding => ({
		check: 'psk-default',
		severity: 'critical',
		rows,
		detail: `${count(rows.length, 'PSK')} that anybody can look up: ${origin}.`,
		attack: 'A stranger tries the known defaults first, and reads and writes as these devices.',
		mend: 'Give each device a different random secret of 16 octets or more, or better a certificate.',
	}));
};

/** First octets of the listed secrets: most others are told by theirs. */
const listedFirst = new Set(Array.from(defaultPsks.keys(), (hex) => Number.parseInt(hex.slice(0, 2), 16)));

/** A view. */
const bufferOf = ({ buffer, byteOffset, length }: Uint8Array): Buffer => Buffer.from(buffer, byteOffset, length);

/** Where a secret is known from; null for nowhere. */
const originOf = (secret: Uint8Array): string | null => {
	const first = secret[0];
	if (first === undefined) return null;
	if (first === 0 && secret.every((octet) => octet === 0)) return 'all octets 00';
	if (first === 0xff && secret.every((octet) => octet === 0xff)) return 'all octets FF';
	if (secret.length <= 32 && listedFirst.has(first)) {
		const listed = defaultPsks.get(bufferOf(secret).toString('hex'));
		if (listed !== undefined) return listed;
	}
	// No text begins otherwise.
	if (secret.length > 64 || first < 0x20 || first >= 0x7f) return null;
	const end = secret.findLastIndex((octet) => octet !== 0) + 1;
	if (!isText(secret.subarray(0, end))) return null;
	const text = bufferOf(secret).toString('latin1', 0, end).toLowerCase();
	// The same keys are often pasted as hex text.
	const spelled = defaultPsks.get(text);
	if (spelled !== undefined) return spelled;
	const word = /[a-z](?:[^]*[a-z])?/.exec(text)?.[0] ?? '';
	// Three letters among a dozen random characters make no word.
	if (word.length * 3 < text.length) return null;
	const isWord = defaultWords.has(word) || defaultWords.has(word.replaceAll(/[\s_-]/g, ''));
	return isWord ? 'a word of common passwords and examples' : null;
};
