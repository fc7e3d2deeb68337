import { readFile } from 'node:fs/promises';
import { isAbsolute, join } from 'node:path';
import { type Milliseconds, minutes, Problem } from '@keyward/core';
import { type Installer as InstallerName, installers, type Trial, TRIAL } from '@keyward/core/update';
import { commandInstaller } from './installer/command.ts';
import { directoryInstaller } from './installer/directory.ts';
import type { Installer } from './installer/port.ts';
import { raucInstaller } from './installer/rauc.ts';
import { swupdateInstaller } from './installer/swupdate.ts';
import { type Program, programOf } from './run-program.ts';

/** What the folder of a device says of its updates (docs/updates.md). */
export interface UpdateSettings {
	readonly installer: InstallerName;
	/** Whether `device run` follows updates by itself. */
	readonly automatic: boolean;
	readonly trial: Trial;
	/** Starts the new version: a reboot, or a restart of a service. Null: somebody else does it. */
	readonly restart: Program | null;
	/** How often it is asked what to install. */
	readonly every: Milliseconds;
	/** Bytes a second, at most; null: as fast as it comes. */
	readonly bandwidth: number | null;
	make(): Installer;
}

export const updateFolder = (folder: string): string => join(folder, 'update');
export const settingsFile = (folder: string): string => join(updateFolder(folder), 'settings.json');

const HOURLY = minutes(60);
const common = ['installer', 'automatic', 'minutes', 'starts', 'restart', 'every-minutes', 'bytes-per-second'];
const own: Readonly<Record<InstallerName, readonly string[]>> = {
	directory: ['slots'],
	command: ['status', 'install', 'fall-back', 'confirm'],
	rauc: [],
	swupdate: ['key', 'select', 'hardware', 'boot'],
};

type Value = Readonly<Record<string, unknown>>;

/** Null where there is no file: the device takes no updates. Throws `Problem('file-unreadable')`. */
export const readUpdateSettings = async (folder: string): Promise<UpdateSettings | null> => {
	const file = settingsFile(folder);
	const wrong = (why: string): Problem => new Problem('file-unreadable', `${file} ${why}.`);
	const text = await readFile(file, 'utf8').catch((cause: unknown) => {
		if (cause instanceof Error && 'code' in cause && cause.code === 'ENOENT') return null;
		throw new Problem('file-unreadable', `${file} cannot be read: check its rights.`, { cause });
	});
	if (text === null) return null;
	const value = parse(text, wrong);
	const installer = installers.find((one) => one === value['installer']);
	if (installer === undefined) throw wrong(`must name the installer: ${installers.join(', ')}`);
	const known = [...common, ...own[installer]];
	const odd = Object.keys(value).find((name) => !known.includes(name));
	if (odd !== undefined) throw wrong(`says ${JSON.stringify(odd)}, which is not known with ${installer}`);
	const { automatic = true, restart = null } = value;
	if (typeof automatic !== 'boolean') throw wrong('must say true or false of automatic');
	return {
		...{ installer, automatic },
		trial: {
			within: minutes(whole(value, 'minutes', TRIAL.within / minutes(1), wrong)),
			starts: whole(value, 'starts', TRIAL.starts, wrong),
		},
		restart: restart === null ? null : programOf(restart, 'restart', wrong),
		every: minutes(whole(value, 'every-minutes', HOURLY / minutes(1), wrong)),
		bandwidth: value['bytes-per-second'] === undefined ? null : whole(value, 'bytes-per-second', 1, wrong),
		make: manufacturerOf(installer, value, updateFolder(folder), wrong),
	};
};

const parse = (text: string, wrong: (why: string) => Problem): Value => {
	try {
		const value: unknown = JSON.parse(text);
		if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Value;
	} catch {
		throw wrong('is no JSON');
	}
	throw wrong('is no object');
};

const whole = (value: Value, name: string, usual: number, wrong: (why: string) => Problem): number => {
	const given = value[name] ?? usual;
	if (typeof given === 'number' && Number.isSafeInteger(given) && given > 0) return given;
	throw wrong(`must say a whole number above 0 of ${name}`);
};

const path = (value: Value, name: string, wrong: (why: string) => Problem): string => {
	const given = value[name];
	if (typeof given === 'string' && isAbsolute(given)) return given;
	throw wrong(`must say an absolute path of ${name}`);
};

const manufacturerOf = (
	installer: InstallerName,
	value: Value,
	folder: string,
	wrong: (why: string) => Problem,
): (() => Installer) => {
	const lock = join(folder, 'installer.lock');
	if (installer === 'rauc') return () => raucInstaller();
	if (installer === 'directory') {
		const slots = path(value, 'slots', wrong);
		return () => directoryInstaller(slots);
	}
	if (installer === 'command') {
		const confirm = value['confirm'] === undefined ? null : programOf(value['confirm'], 'confirm', wrong);
		const programs = {
			status: programOf(value['status'], 'status', wrong),
			install: programOf(value['install'], 'install', wrong),
			fallBack: programOf(value['fall-back'], 'fall-back', wrong),
		};
		return () => commandInstaller({ ...programs, confirm }, lock);
	}
	const { select = {}, hardware = null } = value;
	if (typeof select !== 'object' || select === null || !Object.values(select).every((one) => typeof one === 'string'))
		throw wrong('must say a text for each slot of select, such as { "a": "stable,a", "b": "stable,b" }');
	if (hardware !== null && typeof hardware !== 'string') throw wrong('must say a text of hardware');
	const settings = { key: path(value, 'key', wrong), select: select as Readonly<Record<string, string>>, hardware };
	const boot = programOf(value['boot'], 'boot', wrong);
	return () => swupdateInstaller({ ...settings, boot }, lock);
};
