import { type BigIntStats, lstatSync } from 'node:fs';
import { readdir, realpath, stat } from 'node:fs/promises';
import { dirname, join, sep } from 'node:path';
import { givenPath } from './given-path.ts';

/** A regular file, by the path that a person would give. */
export interface Found {
	/** To be shown. */
	readonly path: string;
	/** As the system has it: names need not be UTF-8. */
	readonly raw: Buffer;
	/** A pipe that somebody gave by its name, as a shell does for `<(…)`: read once, to its end. */
	readonly isPipe?: true;
}

/** What is no file to read, and why. */
export interface Skipped {
	readonly path: string;
	readonly reason: string;
	/** Nothing of a file is missed by it: a link back, a link that leads nowhere, a pipe. */
	readonly harmless: boolean;
}

const codeOf = (error: unknown): string =>
	error instanceof Error && 'code' in error ? String(error.code) : 'unknown error';

/**
 * Paths are kept as text with a letter for each octet, whatever encoding they are in: names on old or foreign disks are not
 * UTF-8, and what is not is lost in text.
 */
const rawOf = (octets: string): Buffer => Buffer.from(octets, 'latin1');
const octetsOf = (path: string): string => Buffer.from(path).toString('latin1');
/** The path to be shown: octets that are no UTF-8 as `\xNN`. */
const shown = (octets: string): string => {
	if (/^[ -~]*$/.test(octets)) return octets;
	const raw = rawOf(octets);
	const text = raw.toString('utf8');
	if (Buffer.from(text).equals(raw)) return text;
	return octets.replaceAll(/[\x80-\xff]/g, (octet) => `\\x${octet.charCodeAt(0).toString(16)}`);
};
const realpathOf = async (octets: string): Promise<string> =>
	(await realpath(rawOf(octets), { encoding: 'buffer' })).toString('latin1');

const unreadable = (path: string, error: unknown): Skipped => {
	const code = codeOf(error);
	const reasons: Readonly<Record<string, string>> = {
		ENOENT: 'a link that leads nowhere, or a file that is gone',
		ELOOP: 'links that lead to one another',
		EACCES: 'not readable: no permission',
		EPERM: 'not readable: no permission',
	};
	return { path, reason: reasons[code] ?? `not readable (${code})`, harmless: code === 'ENOENT' };
};

const kindOf = (stats: BigIntStats): string => {
	if (stats.isFIFO()) return 'a pipe';
	if (stats.isSocket()) return 'a socket';
	if (stats.isBlockDevice() || stats.isCharacterDevice()) return 'a device';
	return 'no file';
};

/**
 * Every regular file at and under these paths, each once, in the order of names. Links are followed, except into what is
 * walked anyway and what was walked before, so that loops end; pipes in folders, sockets and devices are skipped and said.
 */
export async function* walk(given: readonly string[]): AsyncGenerator<Found | Skipped> {
	if (given.includes('-')) yield { path: '-', raw: Buffer.from('-') };
	const paths = given.filter((path) => path !== '-').map((path) => givenPath(path) ?? octetsOf(path));
	const roots = await Promise.all(paths.map((path) => realpathOf(path).catch(() => path)));
	const within = (real: string): boolean =>
		roots.some((root) => real === root || real.startsWith(root.endsWith(sep) ? root : root + sep));
	// A path inside another, or given twice, is read where that one is.
	const first = paths.filter((_, index) => {
		const own = roots[index] ?? '';
		return !roots.some((root, other) =>
			root === own ? other < index : own.startsWith(root.endsWith(sep) ? root : root + sep),
		);
	});
	const folders = new Set<string>();
	/** Files that have more than one way to them. */
	const files = new Set<string>();
	const idOf = ({ dev, ino }: BigIntStats): string => `${dev}:${ino}`;

	/** Folders still to be read, the next last. */
	const waiting: { readonly path: string; readonly given: boolean }[] = first
		.map((path) => ({ path, given: true }))
		.toReversed();
	for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
		const { path, given } = next;
		let stats: BigIntStats;
		let linked = false;
		try {
			// Not in a thread: the way there and back costs more.
			stats = lstatSync(rawOf(path), { bigint: true });
			linked = stats.isSymbolicLink();
			if (linked) stats = await stat(rawOf(path), { bigint: true });
			if (linked && !given) {
				const target = await realpathOf(path);
				const own = await realpathOf(dirname(path));
				const back = own === target || own.startsWith(target.endsWith(sep) ? target : target + sep);
				if (back)
					yield { path: shown(path), reason: 'a link back to a folder that it lies in, not followed', harmless: true };
				if (back || within(target)) continue;
			}
		} catch (error) {
			yield unreadable(shown(path), error);
			continue;
		}
		if (stats.isDirectory()) {
			if (folders.has(idOf(stats))) continue;
			folders.add(idOf(stats));
			try {
				const names: string[] = [];
				for (const name of await readdir(rawOf(path), { encoding: 'buffer' })) names.push(name.toString('latin1'));
				for (const name of names.toSorted().toReversed()) waiting.push({ path: join(path, name), given: false });
			} catch (error) {
				yield unreadable(shown(path), error);
			}
		} else if (stats.isFile()) {
			const several = linked || given || stats.nlink > 1n;
			if (several && files.has(idOf(stats))) continue;
			if (several) files.add(idOf(stats));
			yield { path: shown(path), raw: rawOf(path) };
		} else if (given && stats.isFIFO()) yield { path: shown(path), raw: rawOf(path), isPipe: true };
		// What somebody asked for by its name is missed.
		else yield { path: shown(path), reason: `${kindOf(stats)}, skipped`, harmless: !given };
	}
}
