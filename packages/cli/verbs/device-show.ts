import type { Command } from 'commander';
import { printJson, printTable } from '../output.ts';
import { group } from './group.ts';
import { printMoment } from './moment.ts';
import { ask, type SiteOptions, siteOptions } from './site.ts';

/** `keyward device show`. */
export const register = (program: Command): void => {
	siteOptions(
		group(program, 'device', 'Expect, commission, run, list and show devices')
			.command('show')
			.description('Show one device with its certificates and streams')
			.argument('<id>', 'name of the device')
			.requiredOption('--application <name>', 'the application that it belongs to'),
	).action(async (id: string, options: SiteOptions & { readonly application: string }) => {
		const device = await ask(options, 'device.show', { application: options.application, device: id });
		if (options.json === true) return printJson(device);
		const { application, class: className, state, connected, at, certificates, streams } = device;
		process.stdout.write(
			`${id} of ${application}: ${state} since ${printMoment(at)}, class ${className ?? '–'}, ` +
				`${connected ? 'connected' : 'not connected'}\n\n`,
		);
		printTable(
			['certificate', 'from', 'until', 'revoked'],
			certificates.map(({ serial, notBefore, notAfter, revoked }) => [
				serial,
				printMoment(notBefore),
				printMoment(notAfter),
				revoked === null ? 'no' : `${printMoment(revoked.at)}: ${revoked.reason}`,
			]),
		);
		process.stdout.write('\n');
		printTable(
			['stream', 'unit', 'readings', 'newest'],
			streams.map(({ stream, unit, last, newest }) => [stream, unit, String(last), printMoment(newest)]),
		);
	});
};
