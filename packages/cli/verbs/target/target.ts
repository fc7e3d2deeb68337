import { createHash } from 'node:crypto';
import { join, resolve } from 'node:path';
import type { OpenPage } from '@keyward/client';
import type { StreamSummary } from '@keyward/contract';
import { Problem } from '@keyward/core';
import { topicOf } from '@keyward/core/device';
import { csvHeader, csvRow, influxLine, jsonLine } from '@keyward/core/export';
import { makePrivateFolder } from '@keyward/custody';
import { caOf, loginOf, secretsOf } from '../source/remote.ts';
import { type CursorBook, openCursorBook } from './cursor-book.ts';
import { type FileForm, openFileSink } from './file-sink.ts';
import { openInfluxSink } from './influx-sink.ts';
import { openOutputSink } from './output-sink.ts';
import { openPrometheusFile, openPrometheusListener } from './prometheus-sink.ts';
import type { Sink } from './sink.ts';

/** Where `--to` sends readings, and what it has of each stream. */
export interface Target {
	readonly promise: string;
	/** It shows the newest reading of each stream, whatever came before. */
	readonly newestAlone: boolean;
	/** Where a stream begins or goes on. */
	after(stream: StreamSummary): string;
	/** Resolves when the target has the page and that is kept. Throws as {@link Sink.put} does; the same page may be tried again. */
	deliver(page: Pick<OpenPage, 'name' | 'readings' | 'next'>): Promise<void>;
	close(): Promise<void>;
}

export interface TargetOptions {
	readonly secretFile?: string;
	readonly ca?: string;
	/** It begins there, whatever the target has. */
	readonly from?: string | undefined;
}

const forms: Readonly<Record<string, FileForm>> = {
	json: { header: '', write: jsonLine },
	csv: { header: csvHeader, write: csvRow },
	influx: { header: '', write: influxLine },
};

/** What `--to` takes, for help and errors. */
export const targetForms =
	'json:FILE, csv:FILE, influx:FILE, influx:http://HOST:8086/write?db=NAME, mqtt://HOST:1883/PREFIX, prometheus:FILE or ' +
	'prometheus:http://127.0.0.1:PORT/metrics; - is standard output';

const misuse = (text: string, why: string): Problem =>
	new Problem('request-malformed', `--to ${JSON.stringify(text)} ${why}: write ${targetForms}.`);

/** Opens what `--to` names. What it has is kept in the reader's `home`. */
export const openTarget = async (text: string, home: string, options: TargetOptions): Promise<Target> => {
	const at = text.indexOf(':');
	const [kind, where] = [text.slice(0, Math.max(0, at)), text.slice(at + 1)];
	if (where === '') throw misuse(text, 'names no target');
	if (kind === 'mqtt' || kind === 'mqtts') {
		const login = await loginOf(options);
		const address = { url: urlIn(text, text), ...login, ...(await caOf(options)) };
		const { openMqttSink } = await import('./mqtt-sink.ts');
		return kept(await openBook(home, text), () => openMqttSink(address));
	}
	const isUrl = /^https?:/.test(where);
	if (kind === 'prometheus')
		return unkept(isUrl ? await openPrometheusListener(urlIn(text, where)) : openPrometheusFile(resolve(where)), true);
	const form = forms[kind];
	if (form === undefined) throw misuse(text, 'is of no known kind');
	if (isUrl) {
		if (kind !== 'influx') throw misuse(text, 'is no file');
		const headers = Object.fromEntries(await secretsOf(options));
		const { ca } = await caOf(options);
		return kept(await openBook(home, text), () => openInfluxSink(urlIn(text, where), headers, ca));
	}
	if (where === '-') return unkept(openOutputSink(form), false);
	const path = resolve(where);
	return kept(await openBook(home, `${kind}:${path}`), (book) => openFileSink(path, form, book, options.from));
};

/** What is secret in an address would be seen in the list of processes. */
const urlIn = (text: string, url: string): URL => {
	if (!URL.canParse(url)) throw misuse(text, 'is no address');
	const parsed = new URL(url);
	if (parsed.username !== '' || parsed.password !== '' || parsed.searchParams.has('p'))
		throw new Problem(
			'request-malformed',
			'A name or password in --to would be seen by every user of this machine: put it into --secret-file.',
		);
	return parsed;
};

const openBook = async (home: string, target: string): Promise<CursorBook> => {
	const folder = join(home, 'targets');
	await makePrivateFolder(folder);
	return openCursorBook(join(folder, `${createHash('sha256').update(target).digest('hex').slice(0, 16)}.sqlite`));
};

const unkept = (sink: Sink, newestAlone: boolean): Target => ({
	...{ promise: sink.promise, newestAlone },
	after: () => '0',
	deliver: async ({ name, readings }) => void (await sink.put(readings.map((one) => ({ ...name, ...one })))),
	close: () => sink.close(),
});

/** The cursor is kept after the target has the readings, never before: what is lost in between is sent again. */
const kept = async (book: CursorBook, open: (book: CursorBook) => Sink | Promise<Sink>): Promise<Target> => {
	const sink = await Promise.resolve()
		.then(() => open(book))
		.catch((error: unknown) => {
			book.close();
			throw error;
		});
	return {
		...{ promise: sink.promise, newestAlone: false },
		after: (stream) => book.after(topicOf(stream)) ?? '0',
		deliver: async ({ name, readings, next }) => {
			const length = await sink.put(readings.map((one) => ({ ...name, ...one })));
			book.keep(topicOf(name), next, length);
		},
		close: async () => {
			await sink.close();
			book.close();
		},
	};
};
