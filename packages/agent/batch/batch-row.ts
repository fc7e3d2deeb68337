import { resolve } from 'node:path';
import { type Custody, deviceNameOf, isName, isExpectedPart, nameLike } from '@keyward/core/device';
import { didYouMean } from '@keyward/core/spelling';
import type { Hardware } from '../hardware/hardware.ts';
import { DEFAULT_TCTI } from '../hardware/default-tcti.ts';

/** One device of a batch: who it is to be, and where its key is made. */
export interface BatchRow {
	/** In the batch's file; 1 is the first. */
	readonly line: number;
	readonly device: string;
	/** The device's name as the batch has it: perhaps an EUI in capitals, with colons. */
	readonly written: string;
	/** Null: the only class of the policy. */
	readonly class: string | null;
	/** The part that it must be; null where the policy asks for none. */
	readonly part: string | null;
	/** Undefined: the key is a file. */
	readonly hardware: Hardware | undefined;
	/** PEM file with more of the manufacturer's certificates. */
	readonly endorsementFile: string | undefined;
	/** The device's home, absolute. */
	readonly folder: string;
}

/** Cells by their column. */
export type Cells = ReadonlyMap<string, string>;

const custodies = ['software', 'tpm2', 'pkcs11'] as const satisfies readonly Custody[];
/** Columns that mean something to some custodies alone. */
const ofCustodies: Readonly<Record<string, readonly Custody[]>> = {
	tpm: ['tpm2'],
	endorsement: ['tpm2'],
	module: ['pkcs11'],
	token: ['pkcs11'],
	'pin-file': ['tpm2', 'pkcs11'],
};
const ofToken = ['module', 'token', 'pin-file'];

/** Every column that a batch may have. */
export const batchColumns: readonly string[] = [
	...['device', 'class', 'part', 'custody', ...Object.keys(ofCustodies), 'folder'],
];

/** One row; null when something in it is at fault. `base` is where its paths start from, `homes` where homes are made. */
export const readRow = (
	cells: Cells,
	line: number,
	{ base, homes }: { readonly base: string; readonly homes: string },
	fault: (what: string) => void,
): BatchRow | null => {
	let good = true;
	const bad = (what: string): void => {
		good = false;
		fault(what);
	};
	const cell = (column: string): string | null => cells.get(column) || null;
	const named = cell('device');
	const device = named === null ? null : deviceNameOf(named);
	const [className, part] = [cell('class'), cell('part')];
	const written = cell('custody') ?? 'software';
	const custody = custodies.find((known) => known === written);

	if (named === null) bad('there is no name of a device');
	else if (device === null) {
		const like = nameLike(named);
		bad(`${JSON.stringify(named)} cannot name a device: ${NAME}${like === null ? '' : `, such as ${like}`}`);
	}
	if (className !== null && !isName(className)) bad(`${JSON.stringify(className)} cannot name a class: ${NAME}`);
	if (part !== null && !isExpectedPart(part))
		bad(`${JSON.stringify(part)} names no part: "ek:" and 64 hex digits, or "serial:" and up to 64 letters and digits`);
	if (custody === undefined)
		bad(
			`there is no custody ${JSON.stringify(written)}${didYouMean(written, custodies)} (it is ${custodies.join(', ')})`,
		);
	for (const [column, meant] of Object.entries(ofCustodies)) {
		if (custody !== undefined && cell(column) !== null && !meant.includes(custody))
			bad(`${column} is for custody ${meant.join(' or ')}, and this one is ${custody}`);
		if (custody === 'pkcs11' && cell(column) === null && ofToken.includes(column))
			bad(`custody pkcs11 needs ${column}`);
	}
	if (!good || device === null || named === null) return null;

	const path = (column: string): string | undefined => {
		const value = cell(column);
		return value === null ? undefined : resolve(base, value);
	};
	return {
		line,
		device,
		written: named,
		class: className,
		part,
		hardware: hardwareOf(custody, cell, path),
		endorsementFile: path('endorsement'),
		folder: path('folder') ?? resolve(homes, device),
	};
};

const hardwareOf = (
	custody: (typeof custodies)[number] | undefined,
	cell: (column: string) => string | null,
	path: (column: string) => string | undefined,
): Hardware | undefined => {
	const pinFile = path('pin-file');
	if (custody === 'tpm2')
		return { custody, tcti: cell('tpm') ?? DEFAULT_TCTI, ...(pinFile !== undefined && { pinFile }) };
	if (custody !== 'pkcs11') return undefined;
	return { custody, module: path('module') ?? '', token: cell('token') ?? '', pinFile: pinFile ?? '' };
};

const NAME = 'use 1 to 64 of a-z, 0-9, - and dots';
