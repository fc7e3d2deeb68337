import { readFile } from 'node:fs/promises';
import { days, type Instant, Problem, seconds } from '@keyward/core';
import { closeSpan, type Fact, serviceComponent } from '@keyward/core/policy';
import type { Clock, FactStore } from '@keyward/core/port';
import type { ServiceConfig } from '../config/config.ts';
import type { Observations } from '../evidence/observations.ts';
import type { CommitTimes } from '../ingest/commit-times.ts';
import { diskRoom } from '../ingest/disk.ts';
import type { Log } from '../log/log.ts';
import type { AlertKind } from '../site/site-file.ts';
import { askTime } from '../time/ask-time.ts';
import { type ClockWatch, startClockWatch } from '../time/clock-watch.ts';
import type { Condition } from './alerts/alerts.ts';
import type { Post } from './alerts/webhook.ts';

const claim = 'record-kept';
/** Alerts without which nobody hears that the record fails (CR 2.9 RE(1), CR 2.10). */
const NEEDED = ['disk-short', 'record-failing', 'clock-doubtful'] as const satisfies readonly AlertKind[];
/** A webhook that took nothing for so long is not known to work. */
const HEARD = days(90);
/** A clock that is out by more is told, whatever the policy asks. */
const FAR = seconds(60);

/** Requirement record-kept: whether the record has room, somebody hears of its failing, and its clock is true (CR 2.9 to CR 2.11). */
export interface RecordWatch {
	/** What holds now. */
	facts(): Promise<Fact[]>;
	conditions(): Condition[];
	/** The same webhook; that it took something is what shows that alarms arrive. */
	heard(post: Post | null): Post | null;
	stop(): Promise<void>;
}

export interface RecordWatchOptions {
	readonly config: Pick<ServiceConfig, 'data' | 'alerts' | 'timeSource'>;
	readonly store: Pick<FactStore, 'facts'>;
	readonly observations: Pick<Observations, 'see' | 'flush'>;
	readonly commits: Pick<CommitTimes, 'failing'>;
	readonly clock: Clock;
	readonly log: Log;
	readonly report: (error: unknown) => void;
}

/** Throws `Problem('site-configuration')` where the CA of the time source cannot be read. */
export const openRecordWatch = async (options: RecordWatchOptions): Promise<RecordWatch> => {
	const { config, store, observations, commits, clock, log, report } = options;
	const { timeSource, alerts, data } = config;
	const ca = timeSource === null || timeSource.caFile === null ? null : await readCa(timeSource.caFile);
	const watch: ClockWatch | null =
		timeSource === null
			? null
			: startClockWatch({
					...{ source: timeSource, clock, log, report },
					ask: () => askTime(timeSource, ca, clock),
				});
	const seen = (value: Fact['value'], source: string, at: Instant = clock.now()): Fact => ({
		...{ subject: serviceComponent, claim, value, strength: 'observed', source, at },
	});

	const ofClock = (): Fact[] => {
		if (watch === null) return [seen('nobody is asked for the time: name a time-source in the site file', 'clock')];
		const { error, at, refused } = watch.state();
		if (error !== null && at !== null) return [seen(Math.ceil(error), 'clock', at)];
		return refused === null ? [] : [seen(refused, 'clock')];
	};
	const ofAlarm = async (now: Instant): Promise<Fact[]> => {
		const missing = NEEDED.filter((kind) => alerts?.events.includes(kind) !== true);
		if (missing.length > 0)
			return [seen(`nobody hears of a failure: alerts of the site file lack ${missing.join(', ')}`, 'alerts')];
		await observations.flush();
		const told = (await store.facts('')).filter((fact) => fact.claim === claim && fact.source === WEBHOOK);
		return told.some(({ at }) => now - at <= HEARD)
			? []
			: [seen('the webhook has taken no alert in 90 days: keyward alerts test', 'alerts')];
	};
	const ofRoom = async (): Promise<Fact[]> => {
		const since = commits.failing();
		if (since !== null) return [seen(`the store has taken no write since ${new Date(since).toISOString()}`, 'room')];
		const { short, free } = await diskRoom(data);
		return short ? [seen(`only ${Math.floor(free / 2 ** 20)} MiB are free for it`, 'room')] : [];
	};

	return {
		facts: async () => [...ofClock(), ...(await ofAlarm(clock.now())), ...(await ofRoom())],
		conditions: () => {
			const found: Condition[] = [];
			const since = commits.failing();
			if (since !== null)
				found.push({
					...{ kind: 'record-failing', subject: data },
					text: `The store has taken no write since ${new Date(since).toISOString()}: free space or mend the disk. Nothing is acknowledged meanwhile.`,
				});
			const state = watch?.state() ?? null;
			const host = timeSource?.host ?? '';
			if (state !== null && state.refused !== null)
				found.push({
					...{ kind: 'clock-doubtful', subject: host },
					text: `The time source ${host} cannot be believed or reached: ${state.refused}. Look at it and at the network between.`,
				});
			else if (state !== null && state.error !== null && state.error > FAR)
				found.push({
					...{ kind: 'clock-doubtful', subject: host },
					text: `This machine's clock is out by up to ${closeSpan(Math.ceil(state.error))} against ${host}: set it, and keep it by a time service (chrony, systemd-timesyncd).`,
				});
			return found;
		},
		heard: (post) =>
			post === null
				? null
				: async (...message) => {
						await post(...message);
						// It takes nothing from how true the clock is.
						observations.see(seen(0, WEBHOOK));
					},
		stop: async () => watch?.stop(),
	};
};

const WEBHOOK = 'webhook';

const readCa = (file: string): Promise<string> =>
	readFile(file, 'utf8').catch((error: unknown) => {
		throw new Problem('site-configuration', `The CA of the time source cannot be read: ${String(error)}`);
	});
