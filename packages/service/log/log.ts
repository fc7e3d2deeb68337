import { type Milliseconds, minutes } from '@keyward/core';
import { visible } from '@keyward/core/export';
import { pino } from 'pino';
import type { LogLevel } from '../site/site-file.ts';
import { redactText, redactValue } from './redact.ts';

export type Fields = Readonly<Record<string, unknown>>;

/**
 * The one writer of the service's log: a line of JSON for each event, secrets redacted in every field and text. What peers
 * can cause without end is counted and summed up, so that a flood does not fill the disk.
 */
export interface Log {
	debug(message: string, fields?: Fields): void;
	info(message: string, fields?: Fields): void;
	warn(message: string, fields?: Fields): void;
	/** A bug, or a failure behind the doors. Within a minute the same one again is only counted, and so is all beyond a hundred. */
	report(error: unknown): void;
	/** Refusals so far, by code: what was added since is summed up once a minute. */
	refusals(counts: Readonly<Record<string, number>>): void;
	/** Writes what was only counted so far. */
	flush(): void;
}

const WINDOW: Milliseconds = minutes(1);
const MOST_REPORTS = 100;

/** CR 3.5: JSON lets C1 and direction marks through, which a terminal obeys; written as escapes they are the same JSON. */
const toStandardError = (line: string): void => void process.stderr.write(visible(line));

export const createLog = (
	level: LogLevel,
	write: (line: string) => void = toStandardError,
	now: () => number = Date.now,
): Log => {
	const logger = pino(
		{
			level,
			base: null,
			timestamp: () => `,"time":"${new Date(now()).toISOString()}"`,
			formatters: { level: (label) => ({ level: label }) },
			messageKey: 'message',
		},
		{ write },
	);
	const say =
		(at: 'debug' | 'info' | 'warn' | 'error') =>
		(message: string, fields: Fields = {}): void => {
			if (logger.isLevelEnabled(at)) logger[at](redactValue(fields) as object, redactText(message));
		};

	let began = now();
	/** How often each error came again since it was written. */
	let again = new Map<string, number>();
	let known: Readonly<Record<string, number>> = {};
	let summedUp = now();

	const flush = (): void => {
		for (const [error, times] of again) if (times > 0) say('error')('reported again', { error, times });
		again = new Map();
		began = now();
	};

	return {
		debug: say('debug'),
		info: say('info'),
		warn: say('warn'),
		flush,
		report: (error) => {
			if (now() - began >= WINDOW) flush();
			const text = error instanceof Error ? error.message : String(error);
			const key = again.size < MOST_REPORTS ? text.slice(0, 200) : 'others';
			const times = again.get(key);
			again.set(key, times === undefined ? 0 : times + 1);
			if (times === undefined) say('error')(text, error instanceof Error ? { error } : {});
		},
		refusals: (counts) => {
			if (now() - summedUp < WINDOW) return;
			const added = Object.entries(counts)
				.map(([code, count]) => [code, count - (known[code] ?? 0)] as const)
				.filter(([, count]) => count > 0);
			known = counts;
			summedUp = now();
			if (added.length > 0) say('info')('refused in the last minute', { refused: Object.fromEntries(added) });
		},
	};
};

/** A log that says nothing. */
export const silentLog: Log = createLog('error', () => {});
