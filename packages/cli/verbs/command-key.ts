import { coseThumbprint } from '@keyward/core/seal';
import type { Command } from 'commander';
import { print, printJson } from '../terminal/output.ts';
import { group } from './group.ts';
import { custodyOptions, hardwareOf, type HardwareOptions } from './hardware.ts';
import { openOrMakeCommander } from './owner/signing-key.ts';

interface Options extends HardwareOptions {
	readonly folder: string;
	readonly json?: boolean;
}

/** `keyward command key`: prints the public key alone, to be carried to the owner in a file. */
export const register = (program: Command): void => {
	custodyOptions(
		group(program, 'command')
			.command('key')
			.description("Print a commander's public key for the owner; make the key first if it is missing")
			.option('--folder <folder>', 'home of the key', 'keyward-commander')
			.option('--json', 'print JSON'),
	).action(async (options: Options) => {
		const { hardware, key } = await hardwareOf(options);
		const asked = { ...(hardware !== undefined && { hardware }), ...(key !== undefined && { key }) };
		const signer = await openOrMakeCommander(options.folder, asked);
		const publicKey = Buffer.from(signer.publicKey).toString('base64');
		const thumbprint = Buffer.from(coseThumbprint(signer.publicKey)).toString('hex');
		if (options.json === true) return printJson({ publicKey, thumbprint });
		print(`${publicKey}\n`);
	});
};
