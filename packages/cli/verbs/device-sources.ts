import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { type Channel, channelName } from '@keyward/agent';
import { Problem } from '@keyward/core';
import type { Command } from 'commander';
import { print, printJson, printTable } from '../output.ts';
import { group } from './group.ts';
import { sysfsFolders } from './source/sysfs.ts';

interface Options {
	readonly sysfs: string;
	readonly json?: boolean;
}

/** What `keyward device run` can be given: `channel` goes into `--map`, for serial into `--device`. */
interface Found {
	readonly source: string;
	readonly channel: string;
	/** Null when the sensor gives none now; `detail` says why. */
	readonly value: number | null;
	readonly unit: string | null;
	readonly detail?: string;
}

/** `keyward device sources`: exit code 0. */
export const register = (program: Command): void => {
	group(program, 'device', 'Expect, commission, run, list and show devices')
		.command('sources')
		.description('Show the sensors that this machine has, with what they give now: for keyward device run')
		.option('--sysfs <folder>', 'where the kernel shows its devices', '/sys')
		.option('--json', 'print one JSON document')
		.action(async ({ sysfs, json = false }: Options) => {
			const found = [...(await sensors(sysfs)), ...(await serialPorts())];
			if (json) printJson(found);
			else if (found.length === 0) print(`no sensors below ${sysfs}, and no serial port\n`);
			else printTable(['SOURCE', 'CHANNEL', 'VALUE', 'UNIT'], found.map(row));
		});
};

const sensors = async (sysfs: string): Promise<Found[]> => {
	const found: Found[] = [];
	for (const { name, folder, find } of sysfsFolders) {
		const all = await find(join(sysfs, folder));
		for (const channel of all) {
			found.push({ source: name, channel: channelName(channel, all), unit: channel.unit, ...(await valueOf(channel)) });
		}
	}
	return found;
};

const valueOf = async (channel: Channel): Promise<Pick<Found, 'value' | 'detail'>> => {
	try {
		return { value: await channel.read() };
	} catch (error) {
		if (!(error instanceof Problem)) throw error;
		return { value: null, detail: error.detail };
	}
};

/** Serial ports by the names that stay, which udev makes of what the adapter says of itself. */
const serialPorts = async (): Promise<Found[]> => {
	const folder = '/dev/serial/by-id';
	const names = await readdir(folder).catch(() => []);
	return names.map((name) => ({ source: 'serial', channel: join(folder, name), value: null, unit: null }));
};

const row = ({ source, channel, value, unit, detail }: Found): string[] => [
	source,
	channel,
	value === null ? (detail ?? '') : String(value),
	unit ?? '',
];
