import { readFile } from 'node:fs/promises';
import { Problem } from '@keyward/core';
import { readPrivate } from '@keyward/custody';
import { misuse, type SourceOptions } from './options.ts';

/** `--url`. What is secret in an address would be seen in the list of processes. */
export const urlOf = ({ source, url }: SourceOptions, example: string): URL => {
	if (url === undefined) throw misuse(`--source ${source} needs --url, such as ${example}`);
	if (!URL.canParse(url)) throw misuse(`${JSON.stringify(url)} is no address: write one such as ${example}`);
	const parsed = new URL(url);
	if (parsed.password !== '' || parsed.username !== '')
		throw misuse('a name or password in --url would be seen by every user of this machine: put it into --secret-file');
	return parsed;
};

/** `--ca`, the file's PEM. */
export const caOf = async ({ ca }: { readonly ca?: string }): Promise<{ readonly ca?: string }> => {
	if (ca === undefined) return {};
	const text = await readFile(ca, 'utf8').catch((cause: unknown) => {
		throw new Problem('file-unreadable', `${ca} cannot be read: name a file with the CA's certificate as PEM`, {
			cause,
		});
	});
	return { ca: text };
};

/** Lines `NAME: VALUE` of `--secret-file`, which others may not read. */
export const secretsOf = async ({ secretFile }: { readonly secretFile?: string }): Promise<[string, string][]> => {
	if (secretFile === undefined) return [];
	const lines = (await readPrivate(secretFile)).split(/\r?\n/).filter((line) => line.trim() !== '');
	return lines.map((line, index) => {
		const at = line.indexOf(':');
		if (at < 1) throw misuse(`line ${index + 1} of ${secretFile} is not NAME: VALUE`);
		return [line.slice(0, at).trim(), line.slice(at + 1).trim()];
	});
};

/** `user` and `password` of `--secret-file`, for a broker. */
export const loginOf = async (options: {
	readonly secretFile?: string;
}): Promise<{ readonly login?: { readonly user: string; readonly password: string } }> => {
	const secrets = new Map(await secretsOf(options));
	if (secrets.size === 0) return {};
	const [user, password] = [secrets.get('user'), secrets.get('password')];
	if (user === undefined || password === undefined || secrets.size > 2)
		throw misuse(
			`${options.secretFile ?? '--secret-file'} has the two lines "user: NAME" and "password: WORD" for a broker`,
		);
	return { login: { user, password } };
};
