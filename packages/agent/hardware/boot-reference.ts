import { Problem } from '@keyward/core';
import { replayImaList, writeBootReference } from '@keyward/core/attest';
import { readBootLogs, SECURITYFS } from './boot-logs.ts';
import { DEFAULT_TCTI } from './default-tcti.ts';
import { pcrsOfTpm } from './tpm2.ts';

export interface BootReferenceOptions {
	readonly tcti?: string;
	readonly securityfs?: string;
	/** PCRs that the release decides about, such as `0,4,7`. */
	readonly pcrs: string;
	/** Whether the files that the kernel measured are part of it. */
	readonly files: boolean;
}

const IMA_PCR = 10;

/**
 * This machine's boot as reference values of the release that it runs. Throws `Problem('request-malformed')`, `tpm-unreachable`,
 * `tpm-failed`, and `boot-log-mismatch` where the IMA list is malformed, or is not the TPM's.
 */
export const bootReferenceOf = async (options: BootReferenceOptions): Promise<string> => {
	const { tcti = DEFAULT_TCTI, securityfs = SECURITYFS, pcrs: list, files } = options;
	const numbers = list.split(',').map((one) => one.trim());
	const values = await pcrsOfTpm(tcti);
	const pcrs = numbers.map((one): [number, string[]] => {
		const value = /^\d{1,2}$/.test(one) ? values.get(Number(one)) : undefined;
		if (value === undefined || Number(one) === IMA_PCR)
			throw new Problem(
				'request-malformed',
				`--pcrs ${list} must be numbers from 0 to 15 without 10, such as 0,4,7; --files covers PCR 10.`,
			);
		return [Number(one), [Buffer.from(value).toString('hex')]];
	});
	return writeBootReference({ pcrs: new Map(pcrs), files: files ? await measuredFiles(securityfs, values) : null });
};

const measuredFiles = async (
	securityfs: string,
	values: ReadonlyMap<number, Uint8Array>,
): Promise<ReadonlySet<string>> => {
	const { imaList } = await readBootLogs(securityfs);
	const measured = replayImaList(imaList, values.get(IMA_PCR) ?? new Uint8Array());
	if (measured === null || measured.length === 0)
		throw new Problem(
			'boot-log-mismatch',
			`No IMA list under ${securityfs} leads to PCR 10 of this TPM: run as root on a kernel with IMA, or leave --files out.`,
		);
	return new Set(measured.flatMap(({ sha256 }) => (sha256 === null ? [] : [sha256])));
};
