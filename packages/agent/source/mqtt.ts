import { setTimeout as sleep } from 'node:timers/promises';
import { type Milliseconds, Problem, seconds } from '@keyward/core';
import { isName } from '@keyward/core/device/name';
import type { Clock } from '@keyward/core/port';
import { backOff } from '../link/back-off.ts';
import { distinctTimes } from './distinct-times.ts';
import { documented, type DocumentTime } from './http.ts';
import type { MqttAddress, Published } from './mqtt-connection.ts';
import type { MqttTopic } from './mqtt-topic.ts';
import { newOnly } from './new-only.ts';
import type { Pick } from './pick.ts';
import { checkSpan, type Measurement } from './poll.ts';
import type { Sample, Source } from '../sample/source.ts';
import type { Zone } from './zone.ts';

export interface MqttOptions extends MqttAddress {
	readonly streams: Readonly<Record<string, MqttTopic & { readonly unit?: string }>>;
	/** Where a message says when it was measured; when left out that is when it came. */
	readonly time?: Pick;
	/** Of times that do not say their offset from UTC. */
	readonly zone?: Zone;
	readonly clock: Clock;
	/** The longest wait before connecting again; 30 s when left out. */
	readonly longestWait?: Milliseconds;
}

/** Messages that wait to be taken; what comes beyond is lost, and said. */
const mostWaiting = 10_000;

/**
 * Takes figures from messages of a broker nearby, such as that of a radio gateway. A retained message is from before, and is no reading
 * unless it says its own time. It never ends by itself: a broker that is away is a `Problem`, said once for each reason, and tried again.
 */
export const mqttSource = (options: MqttOptions): Source => {
	const { url, streams, time, zone, timeout, clock, longestWait = seconds(30) } = options;
	checkSpan('connecting may take', timeout);
	if (url.protocol !== 'mqtt:' && url.protocol !== 'mqtts:')
		throw new Problem('source-malformed', `${url.protocol} is no broker's: name an mqtt or mqtts address`);
	for (const stream of Object.keys(streams)) {
		if (!isName(stream)) throw new Problem('source-malformed', `${JSON.stringify(stream)} is not a stream name`);
	}
	const topics = [...new Set(Object.values(streams).map(({ topic }) => topic))];
	return {
		live: true,
		async *read(signal) {
			const { listenToBroker } = await import('./mqtt-connection.ts');
			const timeOf = distinctTimes(clock);
			const isNew = newOnly();
			let waiting: (Sample | Problem)[] = [];
			let wake = Promise.withResolvers<void>();
			const put = (item: Sample | Problem): void => {
				if (waiting.length < mostWaiting) waiting.push(item);
				else
					waiting[mostWaiting] = new Problem(
						'source-unavailable',
						'messages come faster than they can be kept: some are lost',
					);
				wake.resolve();
			};
			const take = (message: Published): void => {
				for (const item of figuresIn(message, streams, { time, zone }))
					if (isNew(item)) put(item instanceof Problem ? item : { ...item, time: item.time ?? timeOf(item.stream) });
			};
			const listening = (async (): Promise<void> => {
				let told: string | null = null;
				for (let attempt = 0; !signal.aborted;) {
					const ended = await listenToBroker(options, topics, signal, {
						published: take,
						subscribed: () => ([attempt, told] = [0, null]),
					});
					if (signal.aborted) break;
					if (ended.detail !== told) put(ended);
					told = ended.detail;
					await sleep(backOff(attempt++, longestWait, Math.random()), undefined, { signal }).catch(() => {});
				}
				wake.resolve();
			})();
			while (!signal.aborted) {
				await wake.promise;
				wake = Promise.withResolvers<void>();
				const now = waiting;
				waiting = [];
				yield* now;
			}
			await listening;
		},
	};
};

function* figuresIn(
	{ topic, payload, retained }: Published,
	streams: MqttOptions['streams'],
	dated: DocumentTime,
): Iterable<Measurement | Problem> {
	const mine = Object.fromEntries(Object.entries(streams).filter(([, stream]) => stream.topic === topic));
	if (retained && dated.time === undefined) {
		// Integrity (input-refused): a broker keeps the last message for years, and would have it believed as of now.
		yield new Problem(
			'source-unavailable',
			`${topic}: the broker kept this message from before, and it does not say when it was measured: name its time with --time-from`,
		);
		return;
	}
	let text: string;
	try {
		text = new TextDecoder('utf-8', { fatal: true }).decode(payload);
	} catch {
		yield new Problem('source-malformed', `${topic}: what came is not UTF-8`);
		return;
	}
	yield* documented(text, mine, dated, topic);
}
