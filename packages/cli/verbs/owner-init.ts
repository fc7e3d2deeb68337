import { join } from 'node:path';
import { days, Problem } from '@keyward/core';
import { parseSpan } from '@keyward/core/spelling';
import { beginRepository } from '@keyward/owner';
import { type Command, InvalidArgumentError } from 'commander';
import { openOrMakeOwner } from './owner/owner-folder.ts';
import { publishOrKeep, showAndSign } from './owner/sign-change.ts';
import { print } from '../terminal/output.ts';
import { group } from './group.ts';
import { custodyOptions, hardwareOf, type HardwareOptions } from './hardware.ts';
import { readText } from './read-text.ts';
import { ask, type SiteOptions, siteOptions } from './site.ts';

export const OWNER_FOLDER = 'keyward-owner';

interface Options extends SiteOptions, HardwareOptions {
	readonly folder: string;
	readonly with: readonly string[];
	readonly threshold: number;
	readonly lasts: string;
	readonly out?: string;
	readonly yes?: boolean;
}

export const wholeNumber = (text: string): number => {
	if (/^[1-9]\d?$/.test(text)) return Number(text);
	throw new InvalidArgumentError('give a number from 1 to 99');
};

/** Public keys of other signers, as keyward owner key printed them into files. Throws `Problem('file-unreadable')`, `Problem('key-form')`. */
export const readKeys = (files: readonly string[]): Uint8Array[] =>
	files.map((file) => Uint8Array.from(Buffer.from(readText(file).trim(), 'base64')));

/** `keyward owner init`. */
export const register = (program: Command): void => {
	custodyOptions(
		siteOptions(
			group(program, 'owner')
				.command('init')
				.description("Make an owner: its root, this machine's key, and who else signs")
				.option('--folder <folder>', "home of this signer's key", OWNER_FOLDER)
				.option('--with <file...>', 'public keys of the other signers, as keyward owner key printed them', [])
				.option('--threshold <n>', 'how many of the keys must sign', wholeNumber, 1)
				.option('--lasts <span>', 'how long the root is good', '365d')
				.option('--out <file>', 'where the half-signed change is kept (default: change.json in the folder)')
				.option('--yes', 'sign without asking'),
		),
	).action(async (options: Options) => {
		const { folder, threshold, yes = false } = options;
		const { hardware, key } = await hardwareOf(options);
		const { onlineKey, owner: present } = await ask(options, 'owner.show', {});
		if (present !== null)
			throw new Problem(
				'request-malformed',
				`This site has an owner already (${present}); keyward owner rotate changes its keys.`,
			);
		const owner = await openOrMakeOwner(folder, hardware, key);
		const keys = [owner.signer.publicKey, ...readKeys(options.with)];
		const online = Uint8Array.from(Buffer.from(onlineKey, 'base64'));
		const lasts = options.lasts === '365d' ? days(365) : parseSpan(options.lasts);
		const files = beginRepository({ keys, threshold, online, now: Date.now(), lasts });
		const signed = await showAndSign(owner, { base: {}, files }, yes);
		if (signed === null) return void print('Nothing was signed.\n');
		await publishOrKeep(signed, options.out ?? join(folder, 'change.json'), options);
	});
};
