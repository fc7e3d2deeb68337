import type { Command } from 'commander';
import { explainFailure, print, printJson } from '../terminal/output.ts';
import { group } from './group.ts';
import { describeCustody } from './hardware.ts';
import { printMoment } from './moment.ts';

/** `keyward device identity`: what the device itself says, for an owner who does not take the service's word. */
export const register = (program: Command): void => {
	group(program, 'device')
		.command('identity')
		.description('Show, on the device itself, who it is and the thumbprints of its keys')
		.option('--folder <folder>', 'home of the device', './keyward-device')
		.option('--json', 'print JSON')
		.action(async ({ folder, json = false }: { readonly folder: string; readonly json?: boolean }) => {
			try {
				const { openIdentity } = await import('@keyward/agent/identity');
				const { streamKeyThumbprint } = await import('@keyward/agent/register-key');
				const { keyThumbprint } = await import('@keyward/core/format');
				const identity = await openIdentity(folder);
				const { kind, application, id, leaf, hardware, emulated = false } = identity;
				const key = Buffer.from(keyThumbprint(leaf.publicKey)).toString('hex');
				const streamKey = streamKeyThumbprint(identity);
				if (json) return printJson({ kind, application, id, key, streamKey, until: leaf.notAfter });
				print(
					`${id} of ${application}, a ${kind}; certificate until ${printMoment(leaf.notAfter)}; keys in ${describeCustody(hardware, emulated)}\n` +
						`key of the certificate  ${key}\n` +
						`stream key              ${streamKey ?? '– (made when it next commissions or seals)'}\n`,
				);
			} catch (error) {
				process.exitCode = explainFailure(error, json);
			}
		});
};
