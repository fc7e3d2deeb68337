import { fstatSync } from 'node:fs';
import { standardInput, stationClock } from '@keyward/agent';
import type { SourceKind } from './kind.ts';
import { type SourceOptions } from './options.ts';
import { sampleLineOptions } from './lines.ts';

const advice = 'let the program print a number alone, or SenML records such as {"n":"air","v":21.5}';

export const stdin: SourceKind = {
	name: 'stdin',
	takes: () => ['stream', 'unit', 'zone'],
	make: (options: SourceOptions) =>
		standardInput({
			input: process.stdin,
			live: isSerialLine(),
			piped: !fstatSync(0).isFile(),
			...sampleLineOptions(options, stationClock),
			advice,
		}),
};

/** A serial line or a terminal loses what is not taken at once; a pipe or a file waits. */
export const isSerialLine = (): boolean => fstatSync(0).isCharacterDevice();
