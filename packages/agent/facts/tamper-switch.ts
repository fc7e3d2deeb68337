import { basename, join } from 'node:path';
import { Problem } from '@keyward/core';
import { foldersOf, listFolder, readText } from '../source/sysfs.ts';

/** Something that shows whether the case of the device is open. */
export interface TamperSwitch {
	readonly name: string;
	/** Null: it cannot be read now. */
	isOpened(): Promise<boolean | null>;
}

/** A file in which the kernel or a program shows a switch: it is open while the text is this. */
const fileSwitch = (name: string, file: string, opened: string): TamperSwitch => ({
	name,
	isOpened: async () => {
		const text = await readText(file);
		return text === null ? null : text === opened;
	},
});

const WORDS = /^([A-Za-z0-9][A-Za-z0-9 ._-]{0,63})=(\/[^:]+)(?::([^:]{1,32}))?$/;

/** Such as `lid=/sys/class/gpio/gpio17/value` or, where another text than 1 means open, `lid=…:0`. */
const parse = (text: string): TamperSwitch => {
	const [, name, file, opened = '1'] = WORDS.exec(text) ?? [];
	if (name !== undefined && file !== undefined) return fileSwitch(name, file, opened);
	throw new Problem(
		'request-malformed',
		`${JSON.stringify(text)} is no tamper switch: write NAME=FILE, or NAME=FILE:TEXT where a text other than 1 means open.`,
	);
};

/** Throws `Problem('request-malformed')`, also where two have one name: the closed one would hide the open one. */
export const parseTamperSwitches = (texts: readonly string[]): TamperSwitch[] => {
	const switches = texts.map(parse);
	const twice = switches.find(({ name }, index) => switches.findIndex((one) => one.name === name) < index);
	if (twice === undefined) return switches;
	throw new Problem('request-malformed', `Two tamper switches are called ${twice.name}: give each another name.`);
};

const ALARM = /^intrusion\d+_alarm$/;

/** Chassis intrusion of hardware monitors (Linux, Documentation/ABI/testing/sysfs-class-hwmon), which stays until somebody writes 0. */
export const chassisSwitches = async (root = '/sys/class/hwmon'): Promise<TamperSwitch[]> => {
	const found: TamperSwitch[] = [];
	for (const { path } of await foldersOf(root, 'hwmon'))
		for (const file of (await listFolder(path)).filter((name) => ALARM.test(name)))
			found.push(fileSwitch(`${basename(path)} ${file.replace('_alarm', '')}`, join(path, file), '1'));
	return found;
};
