import { readFile } from 'node:fs/promises';
import { isAbsolute, join } from 'node:path';
import { Problem } from '@keyward/core';
import { isName } from '@keyward/core/device/name';

/** What one command does: a program with fixed arguments, so that nothing in a command is ever parsed by a shell. */
export interface Action {
	/** An absolute path. */
	readonly program: string;
	readonly arguments: readonly string[];
}

export type AllowList = ReadonlyMap<string, Action>;

/** In the device's folder, written by who looks after the device: `{ "restart": { "program": "/sbin/reboot", "arguments": [] } }`. */
export const allowListFile = (folder: string): string => join(folder, 'commands.json');

/** What the device may be told to do; nothing where there is no file. Throws `Problem('file-unreadable')` where it is not as it should be. */
export const readAllowList = async (folder: string): Promise<AllowList> => {
	const file = allowListFile(folder);
	const wrong = (why: string): Problem => new Problem('file-unreadable', `${file} ${why}.`);
	const text = await readFile(file, 'utf8').catch((cause: unknown) => {
		if (cause instanceof Error && 'code' in cause && cause.code === 'ENOENT') return null;
		throw new Problem('file-unreadable', `${file} cannot be read: check its rights.`, { cause });
	});
	if (text === null) return new Map();
	let list: unknown;
	try {
		list = JSON.parse(text);
	} catch {
		throw wrong('is no JSON');
	}
	if (typeof list !== 'object' || list === null || Array.isArray(list)) throw wrong('is no object of commands');
	return new Map(
		Object.entries(list).map(([name, value]: [string, unknown]) => {
			if (!isName(name)) throw wrong(`names ${JSON.stringify(name)}, which is no name`);
			return [name, actionOf(value, name, wrong)];
		}),
	);
};

const actionOf = (value: unknown, name: string, wrong: (why: string) => Problem): Action => {
	if (typeof value !== 'object' || value === null) throw wrong(`says nothing of ${name}`);
	const { program, arguments: fixed = [], ...more } = value as Readonly<Record<string, unknown>>;
	if ('dangerous' in more)
		throw wrong(
			`says of ${name} whether it is dangerous, which the owner's roster says (commands in the policy): take that out`,
		);
	const [odd] = Object.keys(more);
	if (odd !== undefined) throw wrong(`says ${JSON.stringify(odd)} of ${name}, which is not known here`);
	// Found by a path of the environment, it could be another program.
	if (typeof program !== 'string' || !isAbsolute(program))
		throw wrong(`must name the program of ${name} by its absolute path`);
	if (!Array.isArray(fixed) || !fixed.every((one) => typeof one === 'string'))
		throw wrong(`must list the arguments of ${name} as texts`);
	return { program, arguments: fixed };
};
