import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

/** What firmware and kernel logged of this machine's start; empty where there is no such log. */
export interface BootLogs {
	/** TCG crypto agile log. */
	readonly eventLog: Uint8Array;
	/** IMA list, binary. */
	readonly imaList: Uint8Array;
}

/** Where Linux shows them; root alone may read. */
export const SECURITYFS = '/sys/kernel/security';

/** A log that cannot be read is sent as none: the service says when it needs it. */
export const readBootLogs = async (securityfs: string): Promise<BootLogs> => {
	const read = async (...path: readonly string[]): Promise<Uint8Array> =>
		new Uint8Array(await readFile(join(securityfs, ...path)).catch(() => Buffer.alloc(0)));
	return {
		eventLog: await read('tpm0', 'binary_bios_measurements'),
		imaList: await read('ima', 'binary_runtime_measurements'),
	};
};
