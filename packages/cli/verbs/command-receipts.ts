import { readReceipt } from '@keyward/core/command';
import { decodeBase64 } from '@keyward/core/format';
import type { Command } from 'commander';
import { printJson, printTable } from '../terminal/output.ts';
import { deviceName } from './device-name.ts';
import { group } from './group.ts';
import { printMoment } from './moment.ts';
import { ask, type SiteOptions, siteOptions } from './site.ts';

interface Options extends SiteOptions {
	readonly application: string;
	readonly device?: string;
	readonly key?: string;
}

/** `keyward command receipts`: checked here against the device's stream key, where one is given. */
export const register = (program: Command): void => {
	siteOptions(
		group(program, 'command')
			.command('receipts')
			.description('Show what devices signed of what became of their commands')
			.requiredOption('--application <name>', 'the application')
			.option('--device <id>', 'for this device only')
			.option('--key <base64>', "the device's stream key from the roster, to check the signatures on this machine"),
	).action(async (options: Options) => {
		const { application } = options;
		const device = options.device === undefined ? undefined : deviceName(options.device);
		const key = options.key === undefined ? null : decodeBase64(options.key, 'request-malformed');
		const commands = await ask(options, 'command.list', { application, ...(device === undefined ? {} : { device }) });
		const receipts = commands.flatMap(({ id, receipt: text }) => {
			if (text === null) return [];
			const { receipt, signed } = readReceipt(decodeBase64(text, 'command-malformed'), key);
			const { outcome, code, detail, at } = receipt;
			const signature = key === null ? 'by the service' : signed ? 'good' : 'WRONG';
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
