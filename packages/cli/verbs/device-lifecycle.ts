import { Problem } from '@keyward/core';
import type { Command } from 'commander';
import { print, printJson } from '../terminal/output.ts';
import { printCommissioning } from './expect.ts';
import { deviceName } from './device-name.ts';
import { group } from './group.ts';
import { ask, type SiteOptions, siteOptions } from './site.ts';

interface Options extends SiteOptions {
	readonly application: string;
}

interface EraseOptions extends Options {
	readonly reason: string;
	readonly yes?: boolean;
}

interface TransferOptions extends Options {
	readonly reason: string;
	readonly to: string;
	readonly as?: string;
	readonly class?: string;
	readonly out?: string;
}

/** `keyward device quarantine`, `release`, `transfer` and `erase`: what an operator does in a device's life. */
export const register = (program: Command): void => {
	const devices = group(program, 'device');
	const named = (verb: string, description: string): Command =>
		siteOptions(
			devices
				.command(verb)
				.description(description)
				.argument('<id>', 'name of the device')
				.requiredOption('--application <name>', 'the application that it belongs to'),
		);

	named('quarantine', 'Keep a device out until it is released; nothing is revoked').action(
		async (id: string, options: Options) => {
			const device = deviceName(id);
			const { application } = options;
			const { cut } = await ask(options, 'device.quarantine', { application, device });
			if (options.json === true) return printJson({ cut });
			print(
				`${device} of ${application} is quarantined; ${cut} live sessions cut. Let it in again with keyward device release.\n`,
			);
		},
	);

	named('release', 'Let a quarantined device in again').action(async (id: string, options: Options) => {
		const device = deviceName(id);
		const { application } = options;
		const { state } = await ask(options, 'device.release', { application, device });
		if (options.json === true) return printJson({ state });
		print(`${device} of ${application} is ${state} again.\n`);
	});

	named('erase', 'Make the readings of a device that is out of service unreadable for good')
		.requiredOption('--reason <text>', 'why, in words that an auditor will read')
		.option('--yes', 'do not ask: there is no way back')
		.action(async (id: string, options: EraseOptions) => {
			const device = deviceName(id);
			const { application, reason } = options;
			if (options.yes !== true)
				throw new Problem('request-malformed', `Add --yes to erase the readings of ${device}: there is no way back.`);
			const erased = await ask(options, 'device.erase', { application, device, reason });
			if (options.json === true) return printJson(erased);
			const { keys, readings, remains } = erased;
			const done = keys === 0 ? 'had no key left' : 'has no key any more, and that was checked';
			print(
				[
					`${device} of ${application} ${done}: ${readings === 1 ? '1 reading is' : `${readings} readings are`} unreadable.`,
					'What this does not reach:',
					...remains.map((one) => `  ${one}`),
					'',
				].join('\n'),
			);
		});

	named('transfer', 'Move a device to another application, or to another name; it needs a new key there')
		.requiredOption('--to <name>', 'the application that it moves to')
		.option('--as <id>', 'its name there (default: the same)')
		.option('--class <name>', 'its class there (default: the only one)')
		.option('--out <file>', 'write the commissioning string to this new file instead')
		.requiredOption('--reason <text>', 'why, in words that an auditor will read')
		.action(async (id: string, options: TransferOptions) => {
			const { application, to, class: className, reason: why } = options;
			const device = deviceName(id);
			const as = options.as === undefined ? undefined : deviceName(options.as);
			const input = {
				application,
				device,
				to,
				reason: why,
				...(as === undefined ? {} : { as }),
				...(className === undefined ? {} : { class: className }),
			};
			await printCommissioning('device', as ?? device, options, () => ask(options, 'device.transfer', input));
		});
};
