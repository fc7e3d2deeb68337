import { join } from 'node:path';
import type { Channel } from './channel.ts';
import { foldersOf, linkName, readNumber, readText } from './sysfs.ts';

/** The temperatures of thermal zones, which the kernel gives in thousandths of a degree (driver-api/thermal/sysfs-api). */
export const thermalChannels = async (root = '/sys/class/thermal'): Promise<Channel[]> =>
	Promise.all(
		(await foldersOf(root, 'thermal_zone')).map(async ({ name, path }) => ({
			chip: (await readText(join(path, 'type'))) ?? name,
			place: (await linkName(join(path, 'device'))) ?? name,
			attribute: 'temp',
			label: null,
			unit: 'Cel',
			read: async () => (await readNumber(join(path, 'temp'))) / 1000,
		})),
	);
