import type { ReplayedLog } from './event-log.ts';
import { type PcrValues, sha256 } from './pcr.ts';

const SECURE_BOOT_PCR = 7;
const same = (a: Uint8Array, b: Uint8Array): boolean => Buffer.compare(a, b) === 0;

/** EV_EFI_ACTION is measured as its text; some firmware measures the zero behind it as well. */
const DEBUG_MODE = ['UEFI Debug Mode', 'UEFI Debug Mode\0'].map((text) => sha256(Buffer.from(text)));
/** EV_SEPARATOR: what firmware has to say in this PCR is said. */
const SEPARATOR = sha256(new Uint8Array(4));

/**
 * catalogue: debug-port-closed (EDR 2.13). Whether this machine can be debugged below its operating system, by the TPM's word: firmware must
 * measure "UEFI Debug Mode" into PCR 7 before a debugger may be used (TCG PC Client PFP §3.3.4.8). `log` leads to the quoted PCRs
 * already, so its digests count and its types do not. Null: this boot says nothing of it.
 */
export const firmwareDebug = (log: ReplayedLog | null, quoted: PcrValues): 'closed' | 'open' | null => {
	if (log === null || !quoted.has(SECURE_BOOT_PCR)) return null;
	const events = log.events.filter(({ pcr }) => pcr === SECURE_BOOT_PCR);
	if (events.some(({ digest }) => DEBUG_MODE.some((one) => same(one, digest)))) return 'open';
	return events.some(({ digest }) => same(digest, SEPARATOR)) ? 'closed' : null;
};
