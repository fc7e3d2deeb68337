import { Problem } from '@keyward/core';
import { isName } from '@keyward/core/device';
import { profilePublicKey } from '@keyward/core/format';
import { parseSpan } from '@keyward/core/spelling';
import { type DraftEdits, filesAfter, missingSignatures, requireOneForm, requireShown } from '@keyward/owner';
import type { Command } from 'commander';
import { inLine } from '@keyward/core/export';
import { openOwner } from './owner/owner-folder.ts';
import { prepareChange } from './owner/prepare-change.ts';
import { keepChange, publishOrKeep, readChange, showAndSign } from './owner/sign-change.ts';
import { describeChange } from './owner/change-description.ts';
import { exit, print, printJson } from '../terminal/output.ts';
import { group } from './group.ts';
import { parseMoment } from './moment.ts';
import { OWNER_FOLDER, readKeys } from './owner-init.ts';
import { type SiteOptions, siteOptions } from './site.ts';

interface PrepareOptions extends SiteOptions {
	readonly application: string;
	readonly remove: readonly string[];
	readonly commander: readonly string[];
	readonly commanderUntil: string;
	readonly removeCommander: readonly string[];
	readonly succeeds: readonly string[];
	readonly lasts?: string;
	readonly out: string;
	readonly sign?: string;
	readonly yes?: boolean;
}

interface SignOptions {
	readonly folder: string;
	readonly yes?: boolean;
	readonly json?: boolean;
}

/** `keyward roster prepare`, `show`, `sign` and `publish`. */
export const register = (program: Command): void => {
	const roster = group(program, 'roster');
	siteOptions(
		roster
			.command('prepare')
			.description("Prepare an application's next roster: its devices and terms of today, its readers as before")
			.requiredOption('--application <name>', 'the application')
			.option('--remove <reader...>', 'readers who are on it no longer', [])
			.option('--commander <name=file...>', 'who may command devices, by the key that keyward command key printed', [])
			.option('--commander-until <when>', 'until when: a span such as 30d, or a date', '90d')
			.option('--remove-commander <name...>', 'who may command no longer', [])
			.option(
				'--succeeds <device...>',
				'devices that were commissioned again: what they signed by the key before stays good; never one that was opened',
				[],
			)
			.option('--lasts <span>', 'how long it is good (default: the longest that the policy allows)')
			.option('--out <file>', 'the change, to be signed', 'roster-change.json')
			.option('--sign <folder>', 'sign it at once with the key in this folder; in force where that is enough')
			.option('--yes', 'sign without asking'),
	).action(async (options: PrepareOptions) => {
		const change = await prepareChange(options, options.application, {
			loses: options.remove.map((reader) => ({ reader })),
			commands: await commandersOf(options),
			commandsNot: options.removeCommander,
			succeeds: options.succeeds,
			...(options.lasts !== undefined && { lasts: parseSpan(options.lasts) }),
		});
		await signOrKeep(change, options);
	});
	roster
		.command('show')
		.description('Show in words what a change does, and who is still to sign it')
		.argument('<file>', 'the change')
		.option('--json', 'print JSON')
		.action(async (file: string, { json }: { json?: boolean }) => {
			const change = readChange(file);
			requireShown(filesAfter(change));
			requireOneForm(change.base, change.files);
			const [words, missing] = [describeChange(change), missingSignatures(change)];
			if (json === true) return printJson({ words, missing });
			print(`${words.map(inLine).join('\n')}\n`);
			for (const { file: name, have, need } of missing) print(`${name} has ${have} of ${need} signatures.\n`);
			if (missing.length === 0) print('Every signature is there: keyward roster publish puts it in force.\n');
		});
	roster
		.command('sign')
		.description('Show what a change does, and sign it with the key of this machine; no site is asked')
		.argument('<file>', 'the change, which then has the signature')
		.option('--folder <folder>', "home of this signer's key", OWNER_FOLDER)
		.option('--yes', 'sign without asking')
		.option('--json', 'print JSON')
		.action(async (file: string, { folder, yes = false, json = false }: SignOptions) => {
			const signed = await showAndSign(await openOwner(folder), readChange(file), yes);
			if (signed !== null) await keepChange(file, signed);
			const missing = missingSignatures(signed ?? readChange(file));
			if (json) return printJson({ signed: signed !== null, missing });
			if (signed === null) return void print('Nothing was signed.\n');
			const open = missing.length > 0;
			print(
				open ? 'Signed. More signers are needed.\n' : 'Signed by enough: keyward roster publish puts it in force.\n',
			);
		});
	siteOptions(
		roster.command('publish').description('Put a signed change in force').argument('<file>', 'the change'),
	).action(async (file: string, options: SiteOptions) => {
		const change = readChange(file);
		const missing = missingSignatures(change);
		if (missing.length === 0) return publishOrKeep(change, file, options);
		process.exitCode = exit.finding;
		if (options.json === true) return printJson({ published: false, missing });
		for (const { file: name, have, need } of missing)
			print(`${name} has ${have} of ${need} signatures that are good for what it says.\n`);
		print(`Nothing is in force: let the signers sign ${file} as it is now (keyward roster sign).\n`);
	});
};

const commandersOf = ({ commander, commanderUntil }: PrepareOptions): Promise<NonNullable<DraftEdits['commands']>> =>
	Promise.all(
		commander.map(async (text) => {
			const [name = '', file = ''] = text.split(/=(.*)/s);
			if (!isName(name) || file === '')
				throw new Problem(
					'request-malformed',
					`--commander takes NAME=FILE, such as anna=anna.pub, not ${JSON.stringify(text)}.`,
				);
			const [key] = readKeys([file]);
			if (key === undefined || profilePublicKey(key)?.algorithm !== 'P-256')
				throw new Problem('key-form', `${file} holds no P-256 key: let keyward command key print it.`);
			return { commander: name, key, expires: parseMoment(commanderUntil, Date.now()) };
		}),
	);

/** Signs and publishes the change where a folder is named; else keeps it for the signers. */
export const signOrKeep = async (
	change: Awaited<ReturnType<typeof prepareChange>>,
	options: SiteOptions & { readonly sign?: string; readonly out?: string; readonly yes?: boolean },
): Promise<void> => {
	const { sign, out = 'roster-change.json', yes = false } = options;
	if (sign === undefined) {
		await keepChange(out, change);
		print(
			`${describeChange(change).map(inLine).join('\n')}\nPrepared in ${out}: the owner signs it with keyward roster sign.\n`,
		);
		return;
	}
	const signed = await showAndSign(await openOwner(sign), change, yes);
	if (signed === null) return void print('Nothing was signed.\n');
	await publishOrKeep(signed, out, options);
};
