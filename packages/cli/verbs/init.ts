import { chmod, lstat, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { Problem } from '@keyward/core';
import { makeFolder, writeDurably } from '@keyward/custody';
import type { SiteAnswers } from '@keyward/service/site';
import type { Command } from 'commander';
import { exit, print, printJson } from '../terminal/output.ts';
import { placesOf, type SettingsOptions, settingsOptions } from './settings.ts';

interface Options extends SettingsOptions {
	readonly yes?: boolean;
}

const codeOf = (error: unknown): string =>
	error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : 'unknown error';

/** Made, or closed to others, before anything is put into it. */
const makePrivate = async (folder: string): Promise<void> => {
	try {
		await makeFolder(folder);
		if (((await stat(folder)).mode & 0o077) !== 0) await chmod(folder, 0o700);
	} catch (error) {
		if (error instanceof Problem) throw error;
		throw new Problem(
			'site-configuration',
			`${folder} cannot be made private (${codeOf(error)}): choose another with --data.`,
			{
				cause: error,
			},
		);
	}
};

/** Throws where something is at that place. */
const requireNew = async (file: string): Promise<void> => {
	const found = await lstat(file).catch(() => null);
	if (found === null) return;
	throw new Problem(
		'site-configuration',
		found.isFile() && found.size === 0
			? `${file} is there and is empty: remove it, and run this again.`
			: `${file} is there already and is left as it is: change it, and look with keyward doctor.`,
	);
};

/** Writes the file, which must not be there yet: all of it, or after a failure nothing. */
const writeNew = async (file: string, text: string): Promise<void> => {
	try {
		await makeFolder(dirname(file), 0o777);
		if (!(await writeDurably(file, text, 'keep'))) await requireNew(file);
	} catch (error) {
		if (error instanceof Problem) throw error;
		const code = codeOf(error);
		throw new Problem(
			'site-configuration',
			code === 'ENOSPC' || code === 'EDQUOT'
				? `${file} is not written (${code}): its disk has no room left. Free some, and run this again, or choose another place with --site.`
				: `${file} cannot be written (${code}): choose another with --site.`,
			{ cause: error },
		);
	}
};

/** What a person answers on the terminal; null when the person gives up. */
const ask = async (usual: SiteAnswers): Promise<SiteAnswers | null> => {
	const { intro, isCancel, text } = await import('@clack/prompts');
	intro('A site file for Keyward. Enter takes what is shown.');
	const port = (value: string | undefined): string | undefined =>
		value === undefined || value === '' || (/^\d{1,5}$/.test(value) && Number(value) > 0 && Number(value) <= 65_535)
			? undefined
			: 'a port from 1 to 65535';
	const word = (value: string | undefined): string | undefined =>
		value === undefined || value === '' || /^[\w.:-]{1,253}$/.test(value) ? undefined : 'a name or an address';
	const said: string[] = [];
	for (const [message, usually, validate] of [
		['Which name do devices and readers reach it by?', usual.name, word],
		['Which address does it listen on? (0.0.0.0: every network)', usual.listen, word],
		['Port of the HTTP API and enrolment', String(usual.https), port],
		['Port of MQTT', String(usual.mqtt), port],
	] as const) {
		const answer = await text({ message, placeholder: usually, defaultValue: usually, validate });
		if (isCancel(answer)) return null;
		said.push(answer);
	}
	const [name = usual.name, listen = usual.listen, https, mqtt] = said;
	return { name, listen, https: Number(https), mqtt: Number(mqtt) };
};

/** `keyward init`: exit code 0 written, 2 not. */
export const register = (program: Command): void => {
	settingsOptions(
		program
			.command('init')
			.description('Write a site file with comments, and make the data folder private')
			.option('-y, --yes', 'take the defaults and ask nothing'),
	).action(async (options: Options) => {
		const { siteTemplate, usualAnswers } = await import('@keyward/service/site');
		const { data, file } = placesOf(options);
		await requireNew(file);
		const asks = options.yes !== true && options.json !== true && process.stdin.isTTY && process.stdout.isTTY;
		const answers = asks ? await ask(usualAnswers) : usualAnswers;
		if (answers === null) {
			process.exitCode = exit.misuse;
			return;
		}
		await makePrivate(data);
		await writeNew(file, siteTemplate(answers));
		if (options.json === true) return printJson({ data, site: file });
		const where = `--data ${data}`;
		print(
			`Wrote ${file}, with its data to be in ${data}. Next:\n` +
				`  keyward doctor ${where}            looks whether all is well\n` +
				`  keyward serve ${where}             runs the site\n` +
				`  keyward policy apply FILE ${where} states what an application demands (examples/ has two)\n` +
				`  keyward device expect NAME --application APPLICATION ${where}\n` +
				'                                     makes the string that a device joins with\n',
		);
	});
};
