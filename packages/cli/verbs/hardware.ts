import { resolve } from 'node:path';
import type { Hardware } from '@keyward/agent';
import { Problem } from '@keyward/core';
import { type Command, Option } from 'commander';

export interface HardwareOptions {
	readonly custody?: 'software' | 'tpm2' | 'pkcs11';
	readonly tpm?: string;
	readonly endorsement?: string;
	readonly module?: string;
	readonly token?: string;
	readonly key?: string;
	readonly pinFile?: string;
}

const TPM = 'the TPM, as tpm2-tools name it: swtpm:path=…, tabrmd … (default: device:/dev/tpmrm0)';
const ENDORSEMENT = "PEM file with more of the TPM manufacturer's certificates, where the TPM does not carry them all";

/** Which TPM, and what its manufacturer says of it. */
export const tpmOptions = (command: Command): Command =>
	command.option('--tpm <tcti>', TPM).option('--endorsement <file>', ENDORSEMENT);

/** Where the key is made. PINs come from files: a command line is seen by everybody on the machine. */
export const custodyOptions = (command: Command): Command =>
	tpmOptions(
		command.addOption(
			new Option('--custody <place>', 'where the key is made and stays')
				.choices(['software', 'tpm2', 'pkcs11'])
				.default('software')
				.conflicts('allowPlainKey'),
		),
	)
		.option('--module <file>', 'the PKCS#11 module of the token, for --custody pkcs11')
		.option('--token <label>', 'label of the token, for --custody pkcs11')
		.option('--key <label>', 'label of the key in the token (default: of the names of the device)')
		.option('--pin-file <file>', 'file of mode 600 with the PIN of the token, or of the key in a TPM');

/** The options that each custody takes. */
const taken = {
	software: [],
	tpm2: ['tpm', 'endorsement', 'pinFile'],
	pkcs11: ['module', 'token', 'key', 'pinFile'],
} as const;

const flags = {
	tpm: '--tpm',
	endorsement: '--endorsement',
	module: '--module',
	token: '--token',
	key: '--key',
	pinFile: '--pin-file',
} as const;

/** The hardware that was asked for; none for a key in a file. Throws `Problem('request-malformed')`. */
export const hardwareOf = async (
	options: HardwareOptions,
): Promise<{ hardware?: Hardware; endorsementFile?: string; key?: string }> => {
	const { custody = 'software', tpm, endorsement, module, token, key, pinFile } = options;
	const known: readonly string[] = taken[custody];
	for (const [name, flag] of Object.entries(flags)) {
		if (options[name as keyof typeof flags] === undefined || known.includes(name)) continue;
		const others = (['tpm2', 'pkcs11'] as const).filter((one) => (taken[one] as readonly string[]).includes(name));
		throw new Problem(
			'request-malformed',
			`${flag} is for --custody ${others.join(' or ')}: add that, or leave ${flag} out.`,
		);
	}
	if (custody === 'software') return {};
	if (custody === 'tpm2') {
		const { DEFAULT_TCTI } = await import('@keyward/agent/default-tcti');
		return {
			hardware: { custody, tcti: tpm ?? DEFAULT_TCTI, ...(pinFile !== undefined && { pinFile: resolve(pinFile) }) },
			...(endorsement !== undefined && { endorsementFile: endorsement }),
		};
	}
	if (module === undefined || token === undefined || pinFile === undefined) {
		throw new Problem(
			'request-malformed',
			'--custody pkcs11 needs --module (the file of the PKCS#11 module), --token (its label) and --pin-file.',
		);
	}
	return {
		hardware: { custody, module: resolve(module), token, pinFile: resolve(pinFile) },
		...(key !== undefined && { key }),
	};
};

/** In words where a device's key is; an emulated part is said to be one. */
export const describeCustody = (hardware: Hardware | undefined, emulated: boolean | undefined): string => {
	if (hardware === undefined) return 'a file';
	const place = hardware.custody === 'tpm2' ? `the TPM at ${hardware.tcti}` : `the token ${hardware.token}`;
	return emulated === true ? `${place}, which is EMULATED` : place;
};
