import type { Network } from '@keyward/core/keycheck';
import type { Content } from '../content/content.ts';
import { printable } from '../text/printable.ts';
import type { alikeRecords } from './alike-records.ts';

/** Keys that wait for a name, and those that are known again. */
const MOST_HELD = 1000;
const MOST_TOLD = 100_000;

interface Held {
	readonly label: string;
	readonly secret: Uint8Array;
	readonly device: string | null;
	readonly role: string;
	readonly network: Network | undefined;
	/** Of the line of one without a name; 0 of the others, which keep their order with them. */
	readonly number: number;
}

const textOf = (secret: Uint8Array): string => Buffer.from(secret).toString('latin1');

/**
 * Gives what readers of lines find, and at the end what only records that are alike tell: keys that they did not know, and whose those
 * are for which they knew no name.
 */
export const heldForRecords = (outside: Content, records: ReturnType<typeof alikeRecords>) => {
	const told = new Set<string>();
	let held: Held[] = [];
	const content: Content = {
		...outside,
		get source() {
			return outside.source;
		},
		psk(label, secret, device, role, network) {
			if (told.size < MOST_TOLD) told.add(textOf(secret));
			// What stands in a section is that section's.
			const [, line] = device === null ? (/^line (\d{1,9}),(?!.* under )/.exec(label) ?? []) : [];
			const number = line !== undefined && records.holds(Number(line)) ? Number(line) : 0;
			if ((number > 0 || held.length > 0) && held.length < MOST_HELD)
				held.push({ label, secret, device, role, network, number });
			else outside.psk(label, secret, device, role, network);
		},
	};
	return {
		content,
		end(): void {
			const found = records.end();
			const named = new Map(
				found.flatMap((one) => (one.device === null ? [] : [[`${one.number} ${textOf(one.secret)}`, one.device]])),
			);
			for (const { label, secret, device, role, network, number } of held) {
				const name = number === 0 ? undefined : named.get(`${number} ${textOf(secret)}`);
				const of = name === undefined ? '' : ` of ${printable(name)}`;
				outside.psk(`${label}${of}`, secret, name ?? device, role, network);
			}
			held = [];
			for (const { number, secret, role, device, called } of found) {
				if (told.has(textOf(secret))) continue;
				const of = device === null ? ` under ${printable(called)}` : ` of ${printable(device)}`;
				outside.psk(`line ${number}, ${role}${of}`, secret, device, role);
			}
		},
	};
};
