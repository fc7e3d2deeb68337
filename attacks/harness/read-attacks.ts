import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Attack } from './attack.ts';
import { repository } from './source-copy.ts';

/** An attack and the name of its file without the ending. */
export interface NamedAttack {
	readonly name: string;
	readonly attack: Attack;
}

/** Every attack, or those of these names, by name. Throws for a name that no file has. */
export const readAttacks = async (names: readonly string[] = []): Promise<NamedAttack[]> => {
	const folder = join(repository, 'attacks');
	const all = (await readdir(folder))
		.filter((file) => file.endsWith('.ts') && !file.endsWith('.test.ts'))
		.map((file) => file.slice(0, -'.ts'.length))
		.toSorted();
	const unknown = names.filter((name) => !all.includes(name));
	if (unknown.length > 0) throw new Error(`no such attack: ${unknown.join(', ')}; there are ${all.join(', ')}`);
	const chosen = names.length === 0 ? all : all.filter((name) => names.includes(name));
	return Promise.all(
		chosen.map(async (name) => {
			const { default: attack } = (await import(pathToFileURL(join(folder, `${name}.ts`)).href)) as {
				default: Attack;
			};
			return { name, attack };
		}),
	);
};
