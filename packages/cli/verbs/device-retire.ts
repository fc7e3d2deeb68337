import { createInterface } from 'node:readline/promises';
import type { Command } from 'commander';
import { Problem } from '@keyward/core';
import { explainFailure, print, printJson } from '../terminal/output.ts';
import { group } from './group.ts';

interface Options {
	readonly folder: string;
	readonly yes?: boolean;
	readonly evenUndelivered?: boolean;
	readonly clearTpm?: boolean;
	readonly json?: boolean;
}

/** `keyward device retire`: exit code 0 all is erased, 2 not. */
export const register = (program: Command): void => {
	group(program, 'device')
		.command('retire')
		.description("Destroy a device's key, outbox and certificate, and check that they are gone")
		.option('--folder <folder>', 'home of the device', './keyward-device')
		.option('--yes', 'do not ask')
		.option('--even-undelivered', 'erase readings that the site does not have')
		.option(
			'--clear-tpm',
			"clear the TPM that the key is in, with every key of this machine's owner, and show the site that it was",
		)
		.option('--json', 'print JSON')
		.addHelpText('after', '\nThere is no way back. What was cut short is finished by the same command.')
		.action(async ({ folder, yes = false, evenUndelivered = false, clearTpm = false, json = false }: Options) => {
			try {
				if (!yes) await confirm(folder);
				const { retire } = await import('@keyward/agent');
				const retirement = await retire({ folder, evenUndelivered, clearTpm });
				if (json) return printJson(retirement);
				const { id, application, erased, untold, cleared, lost, remaining } = retirement;
				print(
					[
						`${id} of ${application} is out of service. Erased, and looked that it is gone:`,
						...erased.map((one) => `  ${one}`),
						...(cleared ? ['Its TPM was cleared, and has shown that to the site.'] : []),
						...(untold === null ? ['The site was told before, and has revoked its certificate.'] : []),
						...(lost > 0 ? [`${lost} readings that the site does not have are lost.`] : []),
						'What remains to be done:',
						...remaining.map((one) => `  ${one}`),
						'',
					].join('\n'),
				);
			} catch (error) {
				process.exitCode = explainFailure(error, json);
			}
		});
};

/** Throws `Problem('request-malformed')` unless the device's name was typed. */
const confirm = async (folder: string): Promise<void> => {
	if (!process.stdin.isTTY || !process.stderr.isTTY) {
		throw new Problem('request-malformed', 'Nobody can be asked here: add --yes to destroy the key of this device.');
	}
	const { openIdentity } = await import('@keyward/agent/identity');
	const { id } = await openIdentity(folder);
	const terminal = createInterface({ input: process.stdin, output: process.stderr });
	try {
		const typed = await terminal.question(`This destroys the key of ${id} for good. Type its name to go on: `);
		if (typed.trim() !== id) throw new Problem('request-malformed', 'Nothing was erased.');
	} finally {
		terminal.close();
	}
};
