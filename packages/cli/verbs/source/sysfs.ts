import { join } from 'node:path';
import { type Channel, channels, hwmonChannels, iioChannels, thermalChannels, stationClock } from '@keyward/agent';
import { parseSpan } from '@keyward/core/spelling';
import type { SourceKind } from './kind.ts';
import { mappedStreams } from './options.ts';

/** The sensors that Linux shows: where they are below `--sysfs`, and who finds them there. */
export const sysfsFolders = [
	{ name: 'hwmon', folder: 'class/hwmon', find: hwmonChannels },
	{ name: 'iio', folder: 'bus/iio/devices', find: iioChannels },
	{ name: 'thermal', folder: 'class/thermal', find: thermalChannels },
] as const satisfies readonly { name: string; folder: string; find: (root: string) => Promise<Channel[]> }[];

export const sysfsKinds: readonly SourceKind[] = sysfsFolders.map(({ name, folder, find }) => ({
	name,
	takes: () => ['map', 'unit', 'every', 'sysfs'],
	make: (options) =>
		channels({
			find: () => find(join(options.sysfs ?? '/sys', folder)),
			streams: mappedStreams(options, 'CHANNEL', (channel) => ({ channel })),
			every: parseSpan(options.every ?? '10s'),
			clock: stationClock,
		}),
}));
