import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { type Channel, channelName } from '@keyward/agent';
import { Problem } from '@keyward/core';
import { parseSpan } from '@keyward/core/spelling';
import type { Command } from 'commander';
import { print, printJson, printTable } from '../terminal/output.ts';
import { sourceNames, sourceOption } from './device-source.ts';
import { group } from './group.ts';
import { addSourceOptions, givenOptions } from './source/flags.ts';
import { misuse, type SourceOptions } from './source/options.ts';
import { showTrial } from './source/trial.ts';
import { sysfsFolders } from './source/sysfs.ts';

interface Options extends Omit<SourceOptions, 'source'> {
	readonly source?: string;
	readonly try?: boolean;
	readonly count?: string;
	readonly for?: string;
	readonly json?: boolean;
}

const examples = `
--try reads a source as keyward device run would with the same options, and shows what would be sent, and what is passed over
and why. It needs no device folder and no site.

Examples:
  keyward device sources
  keyward device sources --try --source modbus-tcp --host 192.0.2.7 --map flow=input:0:float32 --unit flow=m3/s
  keyward device sources --try --source csv --file list.csv --map air=T --convert air=degF --unit air=Cel --speed max

Exit code: 0; with --try 1 where nothing came or something was passed over.`;

/** What `keyward device run` can be given: `channel` goes into `--map`, for serial into `--device`. */
interface Found {
	readonly source: string;
	readonly channel: string;
	/** Null when the sensor gives none now; `detail` says why. */
	readonly value: number | null;
	readonly unit: string | null;
	readonly detail?: string;
}

/** `keyward device sources`: exit code 0; with `--try` 1 where nothing came or something was passed over. */
export const register = (program: Command): void => {
	const command = group(program, 'device')
		.command('sources')
		.description('Show the sensors that this machine has, or try a source without sending anything')
		.option('--try', 'read the source of --source and show what would be sent')
		.option('--count <number>', 'with --try: end after this many (default: 20)')
		.option('--for <span>', 'with --try: end after this time (default: 30s)')
		.addOption(sourceOption('with --try: where samples come from'));
	addSourceOptions(command)
		.option('--json', 'print one JSON document')
		.addHelpText('after', examples)
		.action(async ({ source, json = false, count, for: span, ...options }: Options) => {
			if (options.try === true) {
				if (source === undefined) throw misuse(`--try needs --source: ${sourceNames.join(', ')}`);
				if (count !== undefined && !/^[1-9]\d{0,5}$/.test(count))
					throw misuse(`--count is a whole number from 1, not ${JSON.stringify(count)}`);
				return showTrial(
					{ ...options, source },
					{ most: Number(count ?? '20'), within: parseSpan(span ?? '30s'), json },
				);
			}
			const { sysfs = '/sys', ...others } = options;
			const [stranger] = [
				...givenOptions(others).map(([, long]) => long),
				...Object.entries({ '--source': source, '--count': count, '--for': span })
					.filter(([, value]) => value !== undefined)
					.map(([long]) => long),
			];
			if (stranger !== undefined) throw misuse(`${stranger} is for a trial: give --try as well`);
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
