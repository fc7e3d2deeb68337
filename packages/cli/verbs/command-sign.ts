import { writeFile } from 'node:fs/promises';
import { days, Problem } from '@keyward/core';
import { addSignature, isSignedBy, readCommand, signCommand } from '@keyward/core/command';
import { isName } from '@keyward/core/device';
import type { Signer } from '@keyward/core/port';
import { Option, type Command } from 'commander';
import { print, printJson } from '../terminal/output.ts';
import { deviceName } from './device-name.ts';
import { group } from './group.ts';
import { parseMoment, printMoment } from './moment.ts';
import { openOrMakeCommander } from './owner/signing-key.ts';
import { readBytes } from './read-text.ts';

interface Options {
	readonly application?: string;
	readonly as?: string;
	readonly key: string;
	readonly expires?: string;
	readonly add?: boolean;
	readonly out: string;
	readonly json?: boolean;
}

/** How long a command is good that does not say. */
const USUAL = days(1);

const required = (text: string | undefined, option: string): string => {
	if (text !== undefined && isName(text)) return text;
	throw new Problem('request-malformed', `${option} must be given, and be a name`);
};

/** `keyward command sign DEVICE NAME`: on the commander's own machine, where no service has the key. */
export const register = (program: Command): void => {
	group(program, 'command')
		.command('sign')
		.description('Sign a command for a device with your own key, or add your signature to a dangerous one')
		.argument('<device>', 'name of the device')
		.argument('<name>', "name of the command in the device's allow-list")
		.requiredOption(
			'--key <folder>',
			'folder of your key, as keyward command key made it; a key in a file is made when there is none',
		)
		.requiredOption('--out <file>', 'the signed command; with --add it is read and written again')
		.option('--application <name>', 'the application')
		.option('--as <commander>', 'your name in the roster')
		.option('--expires <when>', 'a span such as 12h, or a date (default: in a day)')
		.option('--add', 'add your signature to the command in --out, after comparing what it says')
		.addOption(new Option('--json', 'print JSON'))
		.action(async (id: string, name: string, options: Options) => {
			const device = deviceName(id);
			const signer = await openOrMakeCommander(options.key, {});
			const message =
				options.add === true ? await add(device, name, options, signer) : await make(device, name, options, signer);
			await writeFile(options.out, message, { mode: 0o600 });
			const { content, signatures } = readCommand(message);
			const key = Buffer.from(signer.publicKey).toString('base64');
			if (options.json === true) return printJson({ ...content, signatures: signatures.length, key });
			print(
				`${content.name} for ${content.application}/${content.device} by ${content.commander}, number ${content.sequence}, good until ` +
					`${printMoment(content.expires)}: ${signatures.length === 1 ? '1 signature' : '2 signatures'}, in ${options.out}\n` +
					`Your key, for the roster: ${key}\n` +
					`Send it with: keyward command send ${content.device} --application ${content.application} --file ${options.out}\n`,
			);
		});
};

const make = (device: string, name: string, options: Options, signer: Signer): Promise<Uint8Array> => {
	const issued = Date.now();
	const expires = options.expires === undefined ? issued + USUAL : parseMoment(options.expires, issued);
	const content = {
		...{ application: required(options.application, '--application'), device, name: required(name, '<name>') },
		...{ commander: required(options.as, '--as'), sequence: issued, issued, expires },
	};
	return signCommand(content, signer);
};

/** What is signed is what was said on this command line, or nothing: a file can say anything. */
const add = async (device: string, name: string, { out }: Options, signer: Signer): Promise<Uint8Array> => {
	const message = Uint8Array.from(readBytes(out));
	const received = readCommand(message);
	const { content } = received;
	// signed-commands: two signatures are of two persons; the device refuses one key's twice, and nobody should hear of it there.
	if (isSignedBy(received, signer.publicKey))
		throw new Problem(
			'command-signers',
			`${out} has this key's signature already: a second one is of another person's key; nothing is signed`,
		);
	if (content.device !== device || content.name !== name)
		throw new Problem(
			'command-other-device',
			`${out} says ${content.name} for ${content.device}, not ${name} for ${device}: nothing is signed`,
		);
	return addSignature(message, signer);
};
