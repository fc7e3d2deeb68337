import { existsSync, readdirSync } from 'node:fs';
import { isAbsolute, join, sep } from 'node:path';

/** What stands for octets of an argument that are no UTF-8: which they were is lost. */
const LOST = '\ufffd';

/**
 * The path that a person gave, with a letter for each octet. Where Node lost octets of it, the one name in its folder that reads like
 * it; null where there is none, or are several.
 */
export const givenPath = (path: string): string | null => {
	const octets = Buffer.from(path).toString('latin1');
	if (!path.includes(LOST) || existsSync(path)) return octets;
	let found = isAbsolute(path) ? sep : '';
	for (const name of path.split(sep).filter((part) => part !== '')) {
		if (!name.includes(LOST)) {
			found = join(found, Buffer.from(name).toString('latin1'));
			continue;
		}
		let alike: Buffer[] = [];
		try {
			const folder = Buffer.from(found === '' ? '.' : found, 'latin1');
			alike = readdirSync(folder, { encoding: 'buffer' }).filter((one) => one.toString('utf8') === name);
		} catch {
			return null;
		}
		const [only] = alike;
		if (only === undefined || alike.length > 1) return null;
		found = join(found, only.toString('latin1'));
	}
	return found;
};
