import type { Command } from 'commander';
import { exit, explainFailure, print, printJson, tell } from '../terminal/output.ts';
import { group } from './group.ts';
import { type HardwareOptions, tpmOptions } from './hardware.ts';

/** `keyward device part`: exit code 1 for a TPM that nobody vouches for. */
export const register = (program: Command): void => {
	tpmOptions(
		group(program, 'device')
			.command('part')
			.description('Print the name of the TPM in this device, for keyward device expect --part'),
	)
		.option('--json', 'print JSON')
		.action(async ({ tpm, endorsement, json = false }: HardwareOptions & { readonly json?: boolean }) => {
			try {
				const { DEFAULT_TCTI } = await import('@keyward/agent/default-tcti');
				const { partOfTpm } = await import('@keyward/agent/tpm2');
				const { part, certified } = await partOfTpm({
					tcti: tpm ?? DEFAULT_TCTI,
					...(endorsement !== undefined && { endorsementFile: endorsement }),
				});
				if (json) printJson({ part, certified });
				else print(`${part}\n`);
				if (certified) return;
				process.exitCode = exit.finding;
				if (!json)
					tell(
						'No certificate of its manufacturer is in this TPM: get it from the manufacturer and give it with --endorsement, here and to keyward device commission.\n',
					);
			} catch (error) {
				process.exitCode = explainFailure(error, json);
			}
		});
};
