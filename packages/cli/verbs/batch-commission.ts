import type { BatchOptions, BatchRow } from '@keyward/agent';
import { connectLocal } from '@keyward/client/connect';
import { Problem } from '@keyward/core';
import { type Command, InvalidArgumentError } from 'commander';
import { exit, explainFailure, tell } from '../terminal/output.ts';
import { untilStopped } from '../terminal/stop.ts';
import { sealFile } from './commission.ts';
import { group } from './group.ts';
import { dataFolder, type SiteOptions, siteOptions } from './site.ts';
import { expectingAt } from './batch/registration.ts';
import { openStrings } from './batch/strings.ts';
import { batchProgress } from './batch/progress.ts';

interface Options extends SiteOptions {
	readonly strings?: string;
	readonly application?: string;
	readonly homes: string;
	readonly parallel: number;
	readonly result?: string;
	readonly allowPlainKey?: boolean;
}

const MOST_AT_ONCE = 64;

const readParallel = (text: string): number => {
	const count = /^\d{1,3}$/.test(text) ? Number(text) : 0;
	if (count >= 1 && count <= MOST_AT_ONCE) return count;
	throw new InvalidArgumentError(`It is a number from 1 to ${MOST_AT_ONCE}.`);
};

/** `keyward batch commission`: exit code 0 all are in, 1 some are not, 2 misuse. */
export const register = (program: Command): void => {
	siteOptions(
		group(program, 'batch')
			.command('commission')
			.description('Commission the devices of a batch; run it again to go on where it stopped')
			.argument('<batch.csv>', 'the batch (docs/commissioning.md)')
			.option('--strings <folder>', 'the folder of commissioning strings that keyward batch expect made')
			.option('--application <name>', 'instead: expect each device first, at the site that runs on this machine')
			.option('--homes <folder>', 'where devices get their homes for which the batch names no folder', 'devices')
			.option('--parallel <count>', 'so many at once', readParallel, 4)
			.option('--result <file>', 'where it is kept how each fares, .csv or .json (default: BATCH-result.csv)')
			.option('--allow-plain-key', 'keep keys in files as unencrypted PEM that other programs can use'),
	).action(async (file: string, options: Options) => {
		const { homes, parallel, allowPlainKey, json = false } = options;
		const progress = batchProgress(json);
		try {
			const { commissionBatch, openBatchRecord, readBatch, usualRecordOf } = await import('@keyward/agent');
			const rows = await readBatch(file, homes, (sentence) => tell(`${sentence}\n`));
			const resultFile = options.result ?? usualRecordOf(file);
			const source = await sourceOf(options);
			using record = await openBatchRecord(resultFile, rows);
			progress.start(rows.length);
			try {
				await commissionBatch({
					...source,
					...{ rows, record, parallel, clock: { now: () => Date.now() }, signal: stopAtInterrupt(progress.note) },
					...(allowPlainKey !== undefined && { allowPlainKey }),
					...sealFile(),
					onBegin: progress.begun,
					onOutcome: progress.ended,
				});
			} finally {
				progress.stop();
				source.close();
			}
			const open = rows.filter(({ device }) => record.of(device)?.state !== 'done').length;
			progress.summarise(
				rows.map(({ device }) => record.of(device)?.state ?? 'waiting'),
				resultFile,
			);
			process.exitCode = open === 0 ? exit.held : exit.finding;
		} catch (error) {
			process.exitCode = explainFailure(error, json);
		}
	});
};

type Source = Pick<BatchOptions, 'applicationOf' | 'stringOf'> & { close(): void };

/** Where the strings come from: a folder, or the site on this machine. Throws `Problem('request-malformed')`. */
const sourceOf = async ({ strings, application, ...site }: Options): Promise<Source> => {
	if ((strings === undefined) === (application === undefined)) {
		throw new Problem(
			'request-malformed',
			'Say where the strings come from: --strings FOLDER, or --application NAME for the site on this machine.',
		);
	}
	if (strings !== undefined) {
		const folder = await openStrings(strings);
		return {
			applicationOf: async ({ device }) => (await folder.look(device))?.application ?? null,
			stringOf: ({ device }) => folder.read(device),
			close: () => undefined,
		};
	}
	const client = connectLocal(dataFolder(site));
	const name = application ?? '';
	try {
		const expecting = await expectingAt(client, name);
		return {
			applicationOf: async () => name,
			stringOf: async (row: BatchRow) => (await expecting.expect(row)).commissioning,
			close: () => client.close(),
		};
	} catch (error) {
		client.close();
		throw error;
	}
};

/** The first Ctrl-C lets what is under way end; a later one ends the program, which costs nothing but the devices at work. */
const stopAtInterrupt = (note: (sentence: string) => void): AbortSignal => {
	const { signal } = untilStopped();
	signal.addEventListener('abort', () =>
		note('Stopping: what is under way ends first. Ctrl-C after two more seconds stops at once; nothing is lost by it.'),
	);
	return signal;
};
