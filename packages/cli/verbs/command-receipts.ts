import { readCommand, readReceipt, type Receipt } from '@keyward/core/command';
import { decodeBase64 } from '@keyward/core/format';
import { readRepository } from '@keyward/owner';
import type { Command } from 'commander';
import { printJson, printTable } from '../terminal/output.ts';
import { deviceName } from './device-name.ts';
import { group } from './group.ts';
import { printMoment } from './moment.ts';
import { readBytes } from './read-text.ts';
import { ask, type SiteOptions, siteOptions } from './site.ts';

interface Options extends SiteOptions {
	readonly application: string;
	readonly device?: string;
	readonly key?: string;
	readonly owner?: string;
	readonly file?: string;
}

/** `keyward command receipts`: checked here against the device's stream key, where the owner or that key is named. */
export const register = (program: Command): void => {
	siteOptions(
		group(program, 'command')
			.command('receipts')
			.description('Show what devices signed of what became of their commands')
			.requiredOption('--application <name>', 'the application')
			.option('--device <id>', 'for this device only')
			.option(
				'--owner <sha256>',
				"SHA-256 of the owner's root: signatures are checked by the stream keys of its roster",
			)
			.option('--key <base64>', "the device's stream key, to check the signatures by")
			.option('--file <path>', 'the command as it was signed: its receipt alone'),
	).action(async (options: Options) => {
		const { application } = options;
		const device = options.device === undefined ? undefined : deviceName(options.device);
		const keysOf = await checkedBy(options);
		const sent = options.file === undefined ? null : hashOf(options.file);
		const commands = await ask(options, 'command.list', { application, ...(device === undefined ? {} : { device }) });
		const receipts = commands.flatMap(({ id, receipt: text }) => {
			if (text === null) return [];
			const bytes = decodeBase64(text, 'command-malformed');
			const { receipt } = readReceipt(bytes, null);
			// The service lists what it likes beside a command: a receipt is of the command that it names.
			if (sent !== null && Buffer.compare(receipt.command, sent) !== 0) return [];
			const keys = keysOf?.(receipt) ?? null;
			const isGood = keys?.some((key) => readReceipt(bytes, key).signed) === true;
			const { outcome, code, detail, at } = receipt;
			const signature = keys === null ? 'not checked' : isGood ? 'good' : 'WRONG';
			return [{ id, device: receipt.device, outcome, code, detail, at, signature }];
		});
		if (options.json === true) return printJson(receipts);
		printTable(
			['device', 'outcome', 'at', 'signature', 'why', 'command'],
			receipts.map((one) => [
				...[one.device, one.outcome, printMoment(one.at), one.signature],
				...[one.code === null ? one.detail : `${one.code}: ${one.detail}`, one.id],
			]),
		);
	});
};

type KeysOf = (receipt: Receipt) => readonly Uint8Array[];

/** Null where nothing to check by is named. Throws `owner-not-trusted` and `roster-refused`. */
const checkedBy = async (options: Options): Promise<KeysOf | null> => {
	const { key, owner, application } = options;
	if (key !== undefined) {
		const known = decodeBase64(key, 'request-malformed');
		return () => [known];
	}
	if (owner === undefined) return null;
	const { files } = await ask(options, 'owner.files', {});
	const roster = readRepository(files, owner.toLowerCase()).rosters.get(application)?.roster;
	return (receipt) => {
		const found = receipt.application === application ? roster?.devices.get(receipt.device) : undefined;
		return found === undefined ? [] : found.previous === null ? [found.key] : [found.key, found.previous];
	};
};

const hashOf = (file: string): Uint8Array => readCommand(Uint8Array.from(readBytes(file))).hash;
