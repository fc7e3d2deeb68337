import { writeFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { Problem } from '@keyward/core';
import { isName } from '@keyward/core/device';
import type { Command } from 'commander';
import { inLine } from '@keyward/core/export';
import { print, printJson } from '../terminal/output.ts';
import { group } from './group.ts';
import { ask, type SiteOptions, siteOptions } from './site.ts';

interface Options extends SiteOptions {
	readonly manufacturer: string;
	readonly batchOut?: string;
	readonly class?: string;
	readonly prefix?: string;
}

/** `keyward manifest import`: the parts of a box, and a batch of them. */
export const register = (program: Command): void => {
	siteOptions(
		group(program, 'manifest')
			.command('import')
			.description("Verify a manufacturer's signed manifest and import its parts; their keys count as endorsed")
			.argument('<manifest.json>', "the manufacturer's file (docs/manufacturers.md)")
			.requiredOption('--manufacturer <name>', 'as the site file names it; its manifest-signers must be there too')
			.option('--batch-out <batch.csv>', 'write its parts to this new file, for keyward batch expect')
			.option('--class <name>', "in the batch: the devices' class in the policy (default: the only one)")
			.option('--prefix <text>', "in the batch: what devices' names begin with, before the part's number", ''),
	).action(async (file: string, { manufacturer, batchOut, class: className, prefix = '', ...options }: Options) => {
		// Said before anything is imported.
		nameOf('serial:0', prefix);
		const imported = await ask(options, 'manifest.import', { manufacturer: manufacturer, file: resolve(file) });
		if (batchOut !== undefined) {
			const names = imported.named.map((part) => [nameOf(part, prefix), part] as const);
			await writeBatch(batchOut, names, className);
		}
		if (options.json === true) return printJson(imported);
		const { named, parts, keys } = imported;
		print(`${named.length} parts of ${inLine(manufacturer)}: ${parts} of them new, with ${keys} new keys.\n`);
		if (batchOut !== undefined) {
			print(`Expect them all: keyward batch expect ${batchOut} --application NAME\n`);
		}
	});
};

/** A device's name out of a part: names are small, and have no "_". */
const nameOf = (part: string, prefix: string): string => {
	const name = `${prefix}${part.slice('serial:'.length).toLowerCase().replaceAll('_', '-')}`;
	if (isName(name)) return name;
	throw new Problem(
		'request-malformed',
		`${JSON.stringify(name)} cannot name a device: use 1 to 64 of a-z, 0-9, - and dots, and another --prefix.`,
	);
};

/** Throws `Problem('file-unreadable')` when the file is there already, or cannot be made. */
const writeBatch = async (
	file: string,
	devices: readonly (readonly [name: string, part: string])[],
	className: string | undefined,
): Promise<void> => {
	const [column, value] = className === undefined ? ['', ''] : [',class', `,${className}`];
	const rows = devices.map(([name, part]) => `${name},${part}${value}`);
	await writeFile(file, `device,part${column}\n${rows.join('\n')}\n`, { flag: 'wx' }).catch((cause: unknown) => {
		const why = cause instanceof Error && 'code' in cause ? String(cause.code) : 'unknown error';
		throw new Problem(
			'file-unreadable',
			`${file} cannot be written (${why}): name a new file. The parts are imported.`,
			{
				cause,
			},
		);
	});
};
