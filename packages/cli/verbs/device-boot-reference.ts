import type { Command } from 'commander';
import { explainFailure, print } from '../terminal/output.ts';
import { group } from './group.ts';

interface Options {
	readonly tpm?: string;
	readonly pcrs: string;
	readonly files?: boolean;
	readonly securityfs?: string;
	readonly json?: boolean;
}

/** `keyward device boot-reference`: to standard output; exit code 2 when the TPM cannot be read. */
export const register = (program: Command): void => {
	group(program, 'device')
		.command('boot-reference')
		.description("Print this machine's boot as the reference values of the release that it runs")
		.option('--tpm <tcti>', 'the TPM (default: device:/dev/tpmrm0)')
		.option('--pcrs <numbers>', 'PCRs that the release decides about', '0,2,4,7,8,9')
		.option('--files', 'also every file that the kernel has measured (IMA), so that no other may be used')
		.option('--securityfs <folder>', 'where Linux shows its logs (default: /sys/kernel/security)')
		.option('--json', 'print errors as JSON; the reference values are JSON anyway')
		.addHelpText(
			'after',
			'\nRun it on a device that is as it should be, keep the output with the release, and give it to\nkeyward boot-reference add.',
		)
		.action(async ({ tpm, pcrs, files = false, securityfs, json = false }: Options) => {
			try {
				const { bootReferenceOf } = await import('@keyward/agent/boot-reference');
				const reference = await bootReferenceOf({
					...(tpm !== undefined && { tcti: tpm }),
					...(securityfs !== undefined && { securityfs }),
					pcrs,
					files,
				});
				print(reference);
			} catch (error) {
				process.exitCode = explainFailure(error, json);
			}
		});
};
