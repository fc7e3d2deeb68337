import type { Content } from '../content/content.ts';
import { printable } from '../text/printable.ts';
import type { alikeRecords, OfRecord } from './alike-records.ts';
import type { HeldKey } from './held-key.ts';

/** Keys that wait for a name, and those that are known again. */
const MOST_HELD = 1000;
const MOST_TOLD = 100_000;
const MOST_LINES = 1000;

interface OfLine extends HeldKey {
	/** Of the line of one without a name; 0 of the others, which keep their order with them. */
	readonly number: number;
}

const textOf = (secret: Uint8Array): string => Buffer.from(secret).toString('latin1');

/**
 * Gives what readers of lines find, and at the end what only records that are alike tell: keys that they did not know, and whose those
 * are for which they knew no name.
 */
export const heldForRecords = (outside: Content, records: ReturnType<typeof alikeRecords>) => {
	/** The lines of each secret that readers of lines gave; 0 where it stands in no line. */
	const told = new Map<string, Set<number>>();
	/** The last line of what began in an earlier one. */
	const ends = new Map<number, number>();
	const isTold = ({ number, last, secret }: OfRecord): boolean => {
		for (const first of told.get(textOf(secret)) ?? [])
			if (first === 0 || (first <= last && (ends.get(first) ?? first) >= number)) return true;
		return false;
	};
	const tell = (secret: string, line: number): void => {
		const lines = told.get(secret);
		if (lines !== undefined) lines.add(lines.size < MOST_LINES ? line : 0);
		else if (told.size < MOST_TOLD) told.set(secret, new Set([line]));
	};
	let held: OfLine[] = [];
	const content: Content = {
		...outside,
		get source() {
			return outside.source;
		},
		psk(label, secret, device, role, network) {
			const first = Number(/^line (\d{1,9}),/.exec(label)?.[1] ?? 0);
			tell(textOf(secret), first);
			const number = device === null && records.holds(first) ? first : 0;
			if ((number > 0 || held.length > 0) && held.length < MOST_HELD)
				held.push({ label, secret, device, role, network, number });
			else outside.psk(label, secret, device, role, network);
		},
	};
	return {
		content,
		/** Told of what goes over several lines. */
		spans(first: number, last: number): void {
			if (ends.size < MOST_TOLD) ends.set(first, last);
		},
		end(): void {
			const found = records.end((secret) => told.has(textOf(secret)));
			// Several in one line are in the order in which they stand there.
			const named = new Map<string, string[]>();
			for (const one of found) {
				const at = `${one.number} ${textOf(one.secret)}`;
				if (one.device !== null) named.set(at, [...(named.get(at) ?? []), one.device]);
			}
			const several = new Set([...named].flatMap(([at, names]) => (names.length > 1 ? [at] : [])));
			for (const { label, secret, device, role, network, number } of held) {
				const at = `${number} ${textOf(secret)}`;
				const [own, section] = label.split(/ under (.*)/s, 2);
				// What stands in a section is that section's, unless one line has several.
				const name = section === undefined || several.has(at) ? named.get(at)?.shift() : undefined;
				outside.psk(
					name === undefined ? label : `${own ?? ''} of ${printable(name)}`,
					secret,
					name ?? device,
					role,
					network,
				);
			}
			held = [];
			for (const one of found) {
				if (isTold(one)) continue;
				const { number, secret, role, device, called } = one;
				const of = device === null ? ` under ${printable(called)}` : ` of ${printable(device)}`;
				outside.psk(`line ${number}, ${role}${of}`, secret, device, role);
			}
		},
	};
};
