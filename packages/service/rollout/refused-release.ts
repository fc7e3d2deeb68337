import { Problem } from '@keyward/core';
import { readRefusal } from '@keyward/core/command';
import type { Clock, PrincipalKeyStore, PrincipalName, UpdateReport } from '@keyward/core/port';
import type { RefusedRelease } from '@keyward/core/update';

/** The last release that a device refused, as it is kept and shown. */
export interface KeptRefusal extends RefusedRelease {
	/** In its words; null where it signed none. */
	readonly detail: string | null;
	readonly at: number;
	/** Its registered stream key signed that: the device's word, and not this site's. */
	readonly signed: boolean;
	/** The signed message in base64, to be checked elsewhere; null where nothing is signed. */
	readonly receipt: string | null;
}

/**
 * What is kept of a refusal. A receipt that another device signed, or nobody, or that is about another release is no word of this one, and
 * is left out (CR 2.12): the refusal is shown as unsigned.
 */
export const keepRefusal = async (
	device: PrincipalName,
	{ release, code, receipt }: RefusedRelease & { readonly receipt?: string },
	store: Pick<PrincipalKeyStore, 'registeredKeys'>,
	clock: Clock,
): Promise<KeptRefusal> => {
	const unsigned = { release, code, detail: null, at: clock.now(), signed: false, receipt: null };
	if (receipt === undefined) return unsigned;
	const key = (await store.registeredKeys(device)).find(({ purpose }) => purpose === 'stream')?.key ?? null;
	try {
		const { refusal, signed } = readRefusal(Uint8Array.from(Buffer.from(receipt, 'base64')), key);
		const isIts =
			signed &&
			refusal.application === device.application &&
			refusal.device === device.id &&
			refusal.release === release &&
			refusal.code === code;
		return isIts ? { release, code, detail: refusal.detail, at: refusal.at, signed, receipt } : unsigned;
	} catch (error) {
		if (!(error instanceof Problem)) throw error;
		return unsigned;
	}
};

/** Null: it refused none. */
export const refusedOf = (report: UpdateReport | null): KeptRefusal | null => {
	const kept = report?.refused ?? null;
	return kept === null ? null : (JSON.parse(kept) as KeptRefusal);
};
