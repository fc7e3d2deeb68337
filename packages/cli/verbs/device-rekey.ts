import { type SigningAlgorithm, signingAlgorithms } from '@keyward/core/port';
import { type Command, Option } from 'commander';
import { explainFailure, print, printJson, tell } from '../terminal/output.ts';
import { group } from './group.ts';
import { describeCustody } from './hardware.ts';
import { printMoment } from './moment.ts';

interface Options {
	readonly folder: string;
	readonly endorsement?: string;
	readonly kind?: SigningAlgorithm;
	readonly json?: boolean;
}

/** `keyward device rekey`: exit code 0 the new key is in use and the old one destroyed, 2 not. */
export const register = (program: Command): void => {
	group(program, 'device')
		.command('rekey')
		.description('Give a device a new key: make it, certify it, use it, destroy the old one')
		.option('--folder <folder>', 'home of the device', './keyward-device')
		.option('--endorsement <file>', "PEM file with more of the TPM manufacturer's certificates, as at commissioning")
		.addOption(
			new Option('--kind <kind>', 'kind of the new key; that of the present one unless said').choices(
				signingAlgorithms,
			),
		)
		.option('--json', 'print JSON')
		.addHelpText('after', '\nAn agent may run on the folder. What was cut short is finished by the same command.')
		.action(async ({ folder, endorsement, kind, json = false }: Options) => {
			try {
				const { rekey } = await import('@keyward/agent');
				const { id, application, key, leaf, hardware, emulated } = await rekey({
					folder,
					...(endorsement !== undefined && { endorsementFile: endorsement }),
					...(kind !== undefined && { algorithm: kind }),
					onProgress: (step) => void (json || tell(`${step} …\n`)),
				});
				const until = new Date(leaf.notAfter).toISOString();
				if (json) return printJson({ application, id, key, until });
				print(
					`${id} of ${application} has a new key in ${describeCustody(hardware, emulated)}: ${key}. Its certificate is good until ${printMoment(leaf.notAfter)}.\n` +
						'The old key is destroyed.\n',
				);
			} catch (error) {
				process.exitCode = explainFailure(error, json);
			}
		});
};
