import { join } from 'node:path';
import { Problem } from '@keyward/core';
import type { Channel } from './channel.ts';
import { foldersOf, linkName, listFolder, readNumber, readText, refuseFaults } from './sysfs.ts';

/** Kernel units (Documentation/ABI/testing/sysfs-class-hwmon): what a value is divided by, and what it then is. */
const KINDS: Readonly<Record<string, readonly [divisor: number, unit: string]>> = {
	temp: [1000, 'Cel'],
	in: [1000, 'V'],
	fan: [1, '1/min'],
	curr: [1000, 'A'],
	power: [1_000_000, 'W'],
	energy: [1_000_000, 'J'],
	humidity: [1000, '%RH'],
};

/** Measured values: an average is taken where there is no momentary value. */
const MEASURED = /^((temp|in|fan|curr|power|energy|humidity)\d+)_(input|average)$/;

/** The channels of hardware monitors: temperatures, voltages, fans, currents, power, energy, humidity. */
export const hwmonChannels = async (root = '/sys/class/hwmon'): Promise<Channel[]> => {
	const channels: Channel[] = [];
	for (const { name, path } of await foldersOf(root, 'hwmon')) {
		const chip = (await readText(join(path, 'name'))) ?? name;
		const place = (await readText(join(path, 'label'))) ?? (await linkName(join(path, 'device'))) ?? name;
		const files = await listFolder(path);
		for (const file of files) {
			const [, attribute = '', kind = '', item] = MEASURED.exec(file) ?? [];
			const measure = KINDS[kind];
			if (measure === undefined || (item === 'average' && files.includes(`${attribute}_input`))) continue;
			const [divisor, unit] = measure;
			channels.push({
				chip,
				place,
				attribute,
				label: await readText(join(path, `${attribute}_label`)),
				unit,
				async read() {
					// A broken wire or a dead fan still gives a figure; the chip says that it means nothing.
					await refuseFaults(path, files, [`${attribute}_fault`]);
					const value = (await readNumber(join(path, file))) / divisor;
					// Integrity (input-refused): a 1-Wire thermometer (DS18B20) whose power failed before it measured gives what its memory holds then.
					if (chip === 'w1_slave_temp' && value === 85) {
						throw new Problem(
							'source-no-value',
							`${join(path, file)}: 85 °C is what a 1-Wire thermometer gives after a loss of power`,
						);
					}
					return value;
				},
			});
		}
	}
	return channels;
};
