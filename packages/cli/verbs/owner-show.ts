import { readRepository, tufKeyId } from '@keyward/owner';
import type { Command } from 'commander';
import { openOwner, pinOf, requireOwnRoot } from './owner/owner-folder.ts';
import { print, printJson, printTable } from '../terminal/output.ts';
import { group } from './group.ts';
import { printMoment } from './moment.ts';
import { ask, type SiteOptions, siteOptions } from './site.ts';

interface Options extends SiteOptions {
	readonly folder?: string;
}

/** `keyward owner show`. */
export const register = (program: Command): void => {
	siteOptions(
		group(program, 'owner')
			.command('show')
			.description("Show the owner's root and rosters in force, verified by this signer's folder where one is named")
			.option('--folder <folder>', "home of a signer's key: its owner must be the site's"),
	).action(async (options: Options) => {
		const shown = await ask(options, 'owner.show', {});
		if (options.folder !== undefined && shown.owner !== null) {
			const own = await openOwner(options.folder);
			const { files } = await ask(options, 'owner.files', {});
			requireOwnRoot(own, files);
			readRepository(files, pinOf(files));
			if (options.json !== true) print(`Verified by the key ${tufKeyId(own.signer.publicKey)}.\n`);
		}
		if (options.json === true) return printJson(shown);
		const { owner, root, rosters } = shown;
		if (owner === null || root === null)
			return void print('This site has no owner: make one with keyward owner init.\n');
		print(
			`The owner's root is ${owner}\nVersion ${root.version}, signed by ${root.threshold} of ${root.keys} keys, good until ${printMoment(root.expires)}.\n`,
		);
		printTable(
			['application', 'roster', 'readers', 'devices', 'signed by', 'until'],
			rosters.map((one) => [
				...[one.application, String(one.number), String(one.readers), String(one.devices)],
				...[`${one.threshold} of ${one.keys}`, printMoment(one.expires)],
			]),
		);
	});
};
