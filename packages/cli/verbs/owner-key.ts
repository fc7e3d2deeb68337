import { tufKeyId } from '@keyward/owner';
import type { Command } from 'commander';
import { openOrMakeOwner } from './owner/owner-folder.ts';
import { print, printJson } from '../terminal/output.ts';
import { group } from './group.ts';
import { custodyOptions, hardwareOf, type HardwareOptions } from './hardware.ts';
import { OWNER_FOLDER } from './owner-init.ts';

interface Options extends HardwareOptions {
	readonly folder: string;
	readonly json?: boolean;
}

/** `keyward owner key`: prints the public key alone, to be carried in a file. */
export const register = (program: Command): void => {
	custodyOptions(
		group(program, 'owner')
			.command('key')
			.description("Print this signer's public key, made first where there is none")
			.option('--folder <folder>', "home of this signer's key", OWNER_FOLDER)
			.option('--json', 'print JSON'),
	).action(async (options: Options) => {
		const { hardware, key } = await hardwareOf(options);
		const { signer } = await openOrMakeOwner(options.folder, hardware, key);
		const publicKey = Buffer.from(signer.publicKey).toString('base64');
		if (options.json === true) return printJson({ publicKey, id: tufKeyId(signer.publicKey) });
		print(`${publicKey}\n`);
	});
};
