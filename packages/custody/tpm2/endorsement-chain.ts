import { Problem } from '@keyward/core';
import { TPM2_GetCapability } from './commands/capability.ts';
import { readNonVolatile } from './non-volatile.ts';
import type { Tpm } from './tpm.ts';

/** Where a manufacturer may leave the authorities between the EK certificate and its root (EK Credential Profile §2.2.1.5.2). */
const FIRST = 0x01c0_0100;
const LAST = 0x01c0_01ff;

/** The certificates that the TPM carries beside that of its endorsement key, DER; none in most. They are not judged here. */
export const readEndorsementAuthorities = (tpm: Tpm): Promise<Uint8Array[]> =>
	tpm.operation(async () => {
		const contents: Uint8Array[] = [];
		for (let property = FIRST; property <= LAST;) {
			const page = await TPM2_GetCapability(tpm, { capability: 'handles', property, propertyCount: 64 });
			for (const handle of page.handles.filter((one) => one <= LAST)) {
				const one = await readNonVolatile(tpm, handle).catch((error: unknown) => {
					// One that cannot be read hides none of the others; a chain that lacks it is refused where it is judged.
					if (error instanceof Problem && error.code !== 'tpm-unreachable') return null;
					throw error;
				});
				contents.push(one ?? new Uint8Array());
			}
			const last = page.handles.at(-1);
			if (last === undefined || !page.moreData) break;
			property = last + 1;
		}
		return splitDer(Buffer.concat(contents));
	});

/** One certificate after the other, each as long as its header says; one may begin in one index and end in the next. */
const splitDer = (bytes: Buffer): Uint8Array[] => {
	const found: Uint8Array[] = [];
	for (let at = 0; bytes[at] === 0x30 && bytes[at + 1] === 0x82;) {
		const end = at + 4 + (bytes[at + 2] ?? 0) * 256 + (bytes[at + 3] ?? 0);
		if (end > bytes.length) break;
		found.push(new Uint8Array(bytes.subarray(at, end)));
		at = end;
	}
	return found;
};
