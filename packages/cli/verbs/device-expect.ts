import type { Command } from 'commander';
import { type GivenOut, givenOutOptions, printCommissioning } from './expect.ts';
import { deviceName } from './device-name.ts';
import { group } from './group.ts';
import { ask, type SiteOptions, siteOptions } from './site.ts';

interface Options extends SiteOptions, GivenOut {
	readonly application: string;
	readonly class?: string;
	readonly part?: string;
}

/** `keyward device expect`: the commissioning string alone on standard output. */
export const register = (program: Command): void => {
	givenOutOptions(
		siteOptions(
			group(program, 'device')
				.command('expect')
				.description('Register a device and print its one-time commissioning token')
				.argument('<id>', 'name of the device')
				.requiredOption('--application <name>', 'the application that it belongs to')
				.option('--class <name>', "its class in the policy's devices (default: the only one)")
				.option('--part <part>', 'the part that it must be, as keyward device part prints it: ek:… or serial:…'),
		),
	).action(async (id: string, options: Options) => {
		const device = deviceName(id);
		const { application, class: className, part } = options;
		const input = {
			application,
			device,
			...(className !== undefined && { class: className }),
			...(part !== undefined && { part }),
		};
		await printCommissioning('device', device, options, () => ask(options, 'device.expect', input));
	});
};
