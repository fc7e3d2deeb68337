import { Problem } from '@keyward/core';
import { readPrivate } from '@keyward/custody';
import { type Check, finding, held, type Patient } from './check.ts';

/** The key that alerts are signed with is there and private. */
export const checkAlerts = async ({ site }: Patient): Promise<Check[]> => {
	const check = 'alerts';
	const alerts = site?.alerts ?? null;
	if (alerts === null) return [held(check, 'none are sent; alerts in the site file names a webhook')];
	const { url, secretFile } = alerts;
	try {
		const secret = (await readPrivate(secretFile)).trim();
		if (secret.length < 32)
			return [finding(check, `${secretFile} is too short`, `openssl rand -hex 32 > ${secretFile}`)];
	} catch (error) {
		if (!(error instanceof Problem)) throw error;
		return [finding(check, error.detail, `make it: (umask 077; openssl rand -hex 32 > ${secretFile})`)];
	}
	return [held(check, `to ${url}; keyward alerts test sends one`)];
};
