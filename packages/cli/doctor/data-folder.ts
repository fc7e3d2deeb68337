import { access, constants, stat } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { type Check, codeOf, finding, held, type Patient } from './check.ts';

const CHECK = 'data folder';

/** Whether a folder can be made there. */
const mayMakeIn = (parent: string): Promise<boolean> =>
	access(parent, constants.W_OK | constants.X_OK).then(
		() => true,
		() => false,
	);

/** The user id that a folder belongs to, where that is not who looks; null when it is, or when nobody can tell. */
export const otherOwnerOf = async (folder: string): Promise<number | null> => {
	const user = process.getuid?.();
	const owner = await stat(folder).then(
		({ uid }) => uid,
		() => user,
	);
	return owner === user ? null : (owner ?? null);
};

/** The data folder is the owner's alone: anyone who reads it has the readings, anyone who opens its socket is the operator. */
export const checkDataFolder = async ({ data }: Patient): Promise<Check[]> => {
	const found = await stat(data).catch((error: unknown) => codeOf(error));
	if (found === 'ENOENT') {
		const parent = dirname(resolve(data));
		return (await mayMakeIn(parent))
			? [
					{
						check: CHECK,
						state: 'unknown',
						said: `${data} is not there: no site yet, or another --data is meant`,
						mend: null,
					},
				]
			: [finding(CHECK, `${data} is not there, and cannot be made in ${parent}`, 'name another with --data')];
	}
	if (typeof found === 'string')
		return [finding(CHECK, `${data} cannot be looked at (${found})`, 'run this as its owner')];
	if (!found.isDirectory()) return [finding(CHECK, `${data} is no folder`, 'name another with --data')];
	const mode = (found.mode & 0o777).toString(8);
	if ((found.mode & 0o077) !== 0)
		return [finding(CHECK, `${data} is open to others (mode ${mode})`, `chmod 700 ${data}`)];
	const user = process.getuid?.();
	if (user !== undefined && user !== 0 && found.uid !== user)
		return [
			finding(CHECK, `${data} belongs to another user`, `run this as the user who runs the site, or chown -R it`),
		];
	return [held(CHECK, `${data}, mode ${mode}`)];
};
