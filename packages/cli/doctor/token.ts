import { access } from 'node:fs/promises';
import { Problem } from '@keyward/core';
import type { SiteFile } from '@keyward/service/site';
import { type Check, codeOf, finding, held, type Patient } from './check.ts';

/** Where keys of the site are in a token: the module loads, the token is there, and the PIN opens it. One try: tokens lock. */
export const checkToken = async ({ site }: Patient): Promise<Check[]> => {
	const authority = site?.authority ?? { custody: 'file' };
	const readings = site?.readingsKey ?? { custody: 'file' };
	return [
		...(await checkPlace('CA keys', 'authority', authority)),
		...(await checkPlace('key of stored readings', 'readings-key', readings)),
	];
};

const checkPlace = async (check: string, key: string, place: SiteFile['authority']): Promise<Check[]> => {
	if (place.custody === 'file') return [held(check, 'in files under the seal')];
	const { module, token: label, pinFile } = place;
	try {
		await access(module);
	} catch (error) {
		return [
			finding(
				check,
				`${module} cannot be read (${codeOf(error)})`,
				"install the token's PKCS#11 library, or mend module",
			),
		];
	}
	const { readPinFile, tokenKeyStore } = await import('@keyward/custody/pkcs11');
	const store = tokenKeyStore({ module, token: { label }, pin: () => readPinFile(pinFile) });
	try {
		const { emulated } = await store.token();
		return [
			held(check, `in the token ${label}${emulated ? ', which is an emulator: its keys count as software' : ''}`),
		];
	} catch (error) {
		if (!(error instanceof Problem)) throw error;
		return [finding(check, error.detail, `mend ${key} in the site file, or the token`)];
	} finally {
		await store.close();
	}
};
