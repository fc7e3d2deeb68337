import { Problem } from '../problem/problem.ts';
import { PCR_BYTES, type PcrValues } from './pcr.ts';

/**
 * What a released software makes of a device's boot (RFC 9334 §2.1, reference values): the PCRs that a device of it shows, and the
 * files that it may use. Comes with the release and under its signatures; nothing else says what is released.
 */
export interface BootReference {
	/** For each PCR the values that count as this release; none other of them is looked at. */
	readonly pcrs: ReadonlyMap<number, readonly string[]>;
	/** SHA-256 of every file that IMA may have measured, lower-case hex; null: files are not looked at. */
	readonly files: ReadonlySet<string> | null;
}

const HEX = /^[0-9a-f]{64}$/;
const MOST_VALUES = 64;
const MOST_FILES = 200_000;

const malformed = (what: string): never => {
	throw new Problem('boot-reference-malformed', `These boot reference values cannot be used: ${what}.`);
};

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
	typeof value === 'object' && value !== null && !Array.isArray(value);

const digests = (what: string, value: unknown, most: number): string[] => {
	if (!Array.isArray(value) || value.length === 0) return malformed(`${what} must be a list of SHA-256 digests`);
	if (value.length > most) return malformed(`${what} has ${value.length} digests, at most ${most} are taken`);
	return value.map((one: unknown) =>
		typeof one === 'string' && HEX.test(one) ? one : malformed(`${what} must be 64 lower-case hex digits each`),
	);
};

/**
 * `{ "type": "keyward-boot-reference", "version": 1, "bank": "sha256", "pcrs": { "4": ["…"] }, "files": ["…"] }`, as `keyward device
 * boot-reference` writes it on a device that is as it should be. Throws `Problem('boot-reference-malformed')`.
 */
export const readBootReference = (text: string): BootReference => {
	let value: unknown;
	try {
		value = JSON.parse(text);
	} catch {
		return malformed('they are not JSON');
	}
	if (!isObject(value)) return malformed('they are not a JSON object');
	const { type, version, bank, pcrs, files, ...rest } = value;
	const [unknown] = Object.keys(rest);
	if (unknown !== undefined) return malformed(`${JSON.stringify(unknown)} is no member of them`);
	if (type !== 'keyward-boot-reference' || version !== 1) return malformed('type and version are others');
	if (bank !== 'sha256') return malformed('the bank must be sha256');
	if (!isObject(pcrs) || Object.keys(pcrs).length === 0) return malformed('pcrs names no PCR');
	const values = Object.entries(pcrs).map(([pcr, list]): [number, string[]] =>
		/^(?:\d|1\d|2[0-3])$/.test(pcr)
			? [Number(pcr), digests(`PCR ${pcr}`, list, MOST_VALUES)]
			: malformed(`${JSON.stringify(pcr)} is no PCR from 0 to 23`),
	);
	return {
		pcrs: new Map(values),
		files: files === undefined ? null : new Set(digests('files', files, MOST_FILES)),
	};
};

/** As {@link readBootReference} reads it. */
export const writeBootReference = ({ pcrs, files }: BootReference): string =>
	`${JSON.stringify(
		{
			type: 'keyward-boot-reference',
			version: 1,
			bank: 'sha256',
			pcrs: Object.fromEntries(pcrs),
			...(files === null ? {} : { files: [...files].toSorted() }),
		},
		null,
		'\t',
	)}\n`;

/** The first PCR, in the order of the reference, that does not hold what it should; null when all do. */
export const differingPcr = ({ pcrs }: BootReference, found: PcrValues): number | null => {
	for (const [pcr, values] of pcrs) {
		const value = found.get(pcr);
		if (value?.length !== PCR_BYTES || !values.includes(Buffer.from(value).toString('hex'))) return pcr;
	}
	return null;
};
