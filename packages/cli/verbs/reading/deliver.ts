import { setTimeout as sleep } from 'node:timers/promises';
import { beforeNewest, Opener, type OpenPage, pages } from '@keyward/client';
import type { StreamSummary } from '@keyward/contract';
import { type Milliseconds, Problem, seconds } from '@keyward/core';
import { topicOf } from '@keyward/core/device';
import { inLine } from '@keyward/core/export';
import { mostOpenCovered } from '@keyward/core/seal';
import { tell } from '../../terminal/output.ts';
import { openTarget, type Target } from '../target/target.ts';
import type { Asked } from './asked.ts';
import { tellPage, tellWaiting, watchOverdue } from './notices.ts';

const LONGEST_PAUSE: Milliseconds = seconds(15);

/** Delivers to a target, page by page, each kept before the next is asked for; says at the end how many readings went there. */
export const deliver = async (asked: Asked, to: string): Promise<void> => {
	const { client, trustOf, alarms, names, as, from, span, limit, follow = false, json = false, signal } = asked;
	const target = await openTarget(to, as, asked);
	// What acts on readings acts on signed ones: they go on once the device has signed them.
	const opener = new Opener(client, trustOf, asked.unsigned !== true, follow);
	if (follow) watchOverdue(opener, json, signal);
	let delivered = 0;
	/** A signature on the newest that has one covers at most so many, and as many may wait for theirs. */
	const beginOf = (stream: StreamSummary): string | Promise<string> =>
		target.newestAlone ? beforeNewest(client, stream, mostOpenCovered + 1) : target.after(stream);
	/** False when it is enough, or was stopped. */
	const hand = async (page: OpenPage): Promise<boolean> => {
		const part = first(await alarms.mark(target.newestAlone ? newestOf(page) : page), limit - delivered);
		if (!(await patiently(target, part, follow, signal))) return false;
		delivered += part.readings.length;
		return delivered < limit;
	};
	try {
		if (!json) tell(`To ${to}: ${target.promise}.\n`);
		for await (const page of pages(client, names, {
			...(span === null ? {} : { span }),
			...{ after: (one) => from ?? beginOf(one), follow, idle: true, onNothing: tellWaiting, signal },
		})) {
			const opened = await opener.open(page);
			tellPage(opened, json);
			const isIdle = page.readings.length === 0 && opened.readings.length === 0 && follow;
			if (!isIdle && !(await hand(opened))) break;
		}
		if (!follow && !signal.aborted && delivered < limit)
			for (const left of await opener.finish()) if (!(await hand(left))) break;
	} finally {
		await target.close();
		const { held } = opener;
		tell(
			json
				? `${JSON.stringify({ delivered, ...(held > 0 && { held }) })}\n`
				: `${delivered} ${delivered === 1 ? 'reading' : 'readings'} delivered.\n`,
		);
		if (held > 0 && !json) tell(`${held} more ${held === 1 ? 'waits' : 'wait'} for the device's signature.\n`);
	}
};

const newestOf = (page: OpenPage): OpenPage => ({
	...page,
	readings: page.readings.toSorted((a, b) => a.time - b.time).slice(-1),
});

const first = (page: OpenPage, count: number): OpenPage => {
	const readings = page.readings.slice(0, count);
	return readings.length === page.readings.length
		? page
		: { ...page, readings, next: readings.at(-1)?.cursor ?? page.next };
};

/** Tries again while the target is away, if it is followed; false when it was stopped before the target had the page. */
const patiently = async (target: Target, page: OpenPage, follow: boolean, signal: AbortSignal): Promise<boolean> => {
	for (let pause = seconds(1), told = false; !signal.aborted; pause = Math.min(pause * 2, LONGEST_PAUSE)) {
		try {
			await target.deliver(page);
			if (told) tell(`The target is back at ${topicOf(page.name)}.\n`);
			return true;
		} catch (error) {
			if (!follow || !(error instanceof Problem) || error.code !== 'target-unavailable') throw error;
			if (!told) tell(`${inLine(error.detail)}; it is tried again [${error.code}]\n`);
			told = true;
			await sleep(pause, undefined, { signal }).catch(() => undefined);
		}
	}
	return false;
};
