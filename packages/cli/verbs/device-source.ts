import { calibrated, type Source, withoutCodes } from '@keyward/agent';
import { Problem } from '@keyward/core';
import { didYouMean } from '@keyward/core/spelling';
import { Option } from 'commander';
import { calibrationsOf, withoutConverted } from './source/calibration.ts';
import { csv } from './source/csv.ts';
import { givenOptions } from './source/flags.ts';
import type { SourceKind } from './source/kind.ts';
import { http } from './source/http.ts';
import { mBus } from './source/m-bus.ts';
import { opcUa } from './source/opc-ua.ts';
import { modbusRtu } from './source/modbus-rtu.ts';
import { modbusTcp } from './source/modbus-tcp.ts';
import { module } from './source/module.ts';
import { mqtt } from './source/mqtt.ts';
import { misuse, noValueCodes, type SourceOptions } from './source/options.ts';
import { safecast } from './source/safecast.ts';
import { sdi12 } from './source/sdi12.ts';
import { serial } from './source/serial.ts';
import { stdin } from './source/stdin.ts';
import { sysfsKinds } from './source/sysfs.ts';

const kinds: readonly SourceKind[] = [
	stdin,
	csv,
	safecast,
	serial,
	...sysfsKinds,
	modbusTcp,
	modbusRtu,
	sdi12,
	mBus,
	opcUa,
	http,
	mqtt,
	module,
];

export const sourceNames: readonly string[] = kinds.map(({ name }) => name);

/** `--source`: shells propose its names; `makeSource` judges what was given. */
export const sourceOption = (summary: string): Option =>
	new Option('--source <kind>', summary).choices(sourceNames).argParser((text: string) => text);

/** Makes the source. Throws `Problem('request-malformed')` for options that mean nothing together. */
export const makeSource = async (options: SourceOptions): Promise<Source> => {
	const kind = kinds.find(({ name }) => name === options.source);
	if (kind === undefined) {
		const like = didYouMean(options.source, sourceNames);
		throw misuse(`there is no source ${JSON.stringify(options.source)}${like} (it is ${sourceNames.join(', ')})`);
	}
	refuseStrangers(kind, options);
	try {
		const rules = calibrationsOf(options);
		const codes = noValueCodes(options.noValue);
		const source = await kind.make(withoutConverted(options));
		// A code is the sensor's: it is looked for before calibration, which may change with the next certificate.
		const clean = codes.size === 0 ? source : withoutCodes(source, codes);
		return Object.keys(rules).length === 0 ? clean : calibrated(clean, rules);
	} catch (error) {
		// Before anything is read, what is wrong is what was asked for.
		if (error instanceof Problem) throw new Problem('request-malformed', error.detail, { cause: error });
		throw error;
	}
};

/** An option that a source would pass over is a misunderstanding: it is refused. */
const refuseStrangers = (kind: SourceKind, options: SourceOptions): void => {
	const takes = [...kind.takes(options), 'noValue', 'scale', 'offset', 'convert'];
	const stranger = givenOptions(options).find(([name]) => !takes.includes(name));
	if (stranger === undefined) return;
	throw misuse(`${stranger[1]} says nothing to --source ${kind.name}${kind.without?.(options) ?? ''}`);
};
