import { join } from 'node:path';
import { parseSpan } from '@keyward/core/spelling';
import { currentFiles, offlineKeysOf, readRepository, rotateRoot, tufKeyId } from '@keyward/owner';
import type { Command } from 'commander';
import { openOwner, pinOf, requireOwnRoot } from './owner/owner-folder.ts';
import { publishOrKeep, showAndSign } from './owner/sign-change.ts';
import { print } from '../terminal/output.ts';
import { group } from './group.ts';
import { OWNER_FOLDER, readKeys, wholeNumber } from './owner-init.ts';
import { ask, type SiteOptions, siteOptions } from './site.ts';

interface Options extends SiteOptions {
	readonly folder: string;
	readonly with: readonly string[];
	readonly without: readonly string[];
	readonly threshold?: number;
	readonly lasts: string;
	readonly out?: string;
	readonly yes?: boolean;
}

/** `keyward owner rotate`. */
export const register = (program: Command): void => {
	siteOptions(
		group(program, 'owner')
			.command('rotate')
			.description("Change the owner's keys or threshold, or sign the root for longer")
			.option('--folder <folder>', "home of this signer's key", OWNER_FOLDER)
			.option('--with <file...>', 'public keys that may sign from now on', [])
			.option('--without <id...>', 'ids of keys that may sign no longer', [])
			.option('--threshold <n>', 'how many must sign (default: as before)', wholeNumber)
			.option('--lasts <span>', 'how long the root is good', '365d')
			.option('--out <file>', 'where the half-signed change is kept (default: change.json in the folder)')
			.option('--yes', 'sign without asking'),
	).action(async (options: Options) => {
		const own = await openOwner(options.folder);
		const { files } = await ask(options, 'owner.files', {});
		requireOwnRoot(own, files);
		const repository = readRepository(files, pinOf(files));
		const { onlineKey } = await ask(options, 'owner.show', {});
		const before = offlineKeysOf(repository.root);
		const kept = before.keys.filter((key) => !options.without.includes(tufKeyId(key)));
		const next = rotateRoot(repository, {
			keys: [...kept, ...readKeys(options.with)],
			threshold: options.threshold ?? before.threshold,
			online: Uint8Array.from(Buffer.from(onlineKey, 'base64')),
			now: Date.now(),
			lasts: parseSpan(options.lasts),
		});
		const signed = await showAndSign(own, { base: currentFiles(repository), files: next }, options.yes ?? false);
		if (signed === null) return void print('Nothing was signed.\n');
		await publishOrKeep(signed, options.out ?? join(options.folder, 'change.json'), options);
	});
};
