import { basename, dirname, join } from 'node:path';
import type { Channel } from './channel.ts';
import { foldersOf, listFolder, readNumber, readText, realFolder, refuseFaults } from './sysfs.ts';

/** Kernel units after offset and scale (Documentation/ABI/testing/sysfs-bus-iio): what a value is divided by, and what it then is. */
const TYPES: Readonly<Record<string, readonly [divisor: number, unit: string | null]>> = {
	voltage: [1000, 'V'],
	altvoltage: [1000, 'V'],
	current: [1000, 'A'],
	power: [1000, 'W'],
	energy: [1, 'J'],
	capacitance: [1e9, 'F'],
	resistance: [1, 'Ohm'],
	electricalconductivity: [1, 'S/m'],
	temp: [1000, 'Cel'],
	humidityrelative: [1000, '%RH'],
	pressure: [1e-3, 'Pa'],
	illuminance: [1, 'lx'],
	concentration: [1, '%'],
	massconcentration: [1, 'ug/m3'],
	ph: [1, 'pH'],
	distance: [1, 'm'],
	velocity: [1, 'm/s'],
	accel: [1, 'm/s2'],
	gravity: [1, 'm/s2'],
	angl: [1, 'rad'],
	incli: [1, 'deg'],
	magn: [1e4, 'T'],
};

const MEASURED = /^in_(([a-z]+)(?:[^a-z\W][\w-]*|-[\w-]*)?)_(input|raw)$/;

/** The channels of industrial I/O devices: what the driver has computed, else the raw value with its offset and scale. */
export const iioChannels = async (root = '/sys/bus/iio/devices'): Promise<Channel[]> => {
	const channels: Channel[] = [];
	for (const { name, path } of await foldersOf(root, 'iio:device')) {
		const chip = (await readText(join(path, 'name'))) ?? name;
		const place = (await readText(join(path, 'label'))) ?? basename(dirname((await realFolder(path)) ?? path));
		const files = await listFolder(path);
		// An open or shorted thermocouple (sysfs-bus-iio-temperature-max31856: fault_oc, fault_ovuv) still gives a figure.
		const faults = files.filter((file) => file.startsWith('fault_'));
		for (const file of files) {
			const [, attribute = '', type = '', item] = MEASURED.exec(file) ?? [];
			if (attribute === '' || (item === 'raw' && files.includes(`in_${attribute}_input`))) continue;
			const [divisor, unit] = TYPES[type] ?? [1, null];
			const offset = item === 'raw' ? sharedFile(files, attribute, 'offset') : null;
			const scale = item === 'raw' ? sharedFile(files, attribute, 'scale') : null;
			channels.push({
				chip,
				place,
				attribute,
				label: await readText(join(path, `in_${attribute}_label`)),
				unit,
				async read() {
					await refuseFaults(path, files, faults);
					// Read again each time: a driver changes them with its range.
					const bias = offset === null ? 0 : await readNumber(join(path, offset));
					const factor = scale === null ? 1 : await readNumber(join(path, scale));
					return (((await readNumber(join(path, file))) + bias) * factor) / divisor;
				},
			});
		}
	}
	return channels;
};

/**
 * The file that holds a channel's scale or offset: its own, or one that it shares, whose name lacks the channel's
 * number, its modifier (`x`, `supply`), or both; null when the raw value needs none.
 */
const sharedFile = (files: readonly string[], attribute: string, item: 'scale' | 'offset'): string | null => {
	const candidates: string[] = [];
	for (let name = attribute; name !== ''; name = name.includes('_') ? name.slice(0, name.lastIndexOf('_')) : '') {
		candidates.push(`in_${name}_${item}`, `in_${name.replaceAll(/\d+/g, '')}_${item}`);
	}
	candidates.push(`in_${item}`, item);
	return candidates.find((name) => files.includes(name)) ?? null;
};
