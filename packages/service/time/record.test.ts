import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { after, before, test } from 'node:test';
import { Problem } from '@keyward/core';
import { openMemoryStore } from '@keyward/store/memory';
import { until } from '@keyward/testing/agent/until';
import { startTimeServer, type TestTimeServer } from '@keyward/testing/service/time-server';
import { createObservations } from '../evidence/observations.ts';
import { silentLog } from '../log/log.ts';
import { openRecordWatch, type RecordWatch } from '../monitor/record-watch.ts';
import { alertKinds, type TimeSource } from '../site/site-file.ts';
import { askTime } from './ask-time.ts';

// IEC 62443-4-2 CR 2.9, CR 2.10, CR 2.11: the record has room, somebody hears of its failing, and its clock is true.

const clock = { now: () => Date.now() };
let server: TestTimeServer;
before(async () => {
	server = await startTimeServer();
});
after(() => server.stop());
const straight = (answer: Uint8Array): Uint8Array => answer;
const ask = async (source: TestTimeServer['nts'] | TestTimeServer['ntp']) => {
	return askTime(source, source.caFile === null ? null : await readFile(source.caFile, 'utf8'), clock);
};

test('the clock is compared by NTS and by plain NTP', async () => {
	for (const ahead of [0, 3_600_000, -90_000]) {
		server.ahead = ahead;
		for (const source of [server.nts, server.ntp]) {
			const { offset, unsure } = await ask(source);
			assert.ok(Math.abs(offset - ahead) <= unsure, `${offset} ± ${unsure}, and ${ahead}`);
		}
	}
	server.ahead = 0;
});

test('who is on the way changes nothing of an authenticated answer, and no stranger is the server', async () => {
	const refusedFor = async (work: Promise<unknown>, words: RegExp): Promise<void> =>
		assert.rejects(
			work,
			(error) => error instanceof Problem && error.code === 'time-refused' && words.test(error.detail),
		);
	server.onTheWay = (answer) => answer.map((byte, at) => (at === 32 ? byte ^ 1 : byte));
	await refusedFor(ask(server.nts), /changed on the way/);
	server.onTheWay = (answer) => answer.subarray(0, 48);
	await refusedFor(ask(server.nts), /not authenticated/);
	server.onTheWay = straight;
	// The CAs of the machine did not certify it.
	await refusedFor(askTime(server.nts, null, clock), /self-signed|unable to verify/);
	await refusedFor(ask({ ...server.nts, port: server.nts.port === 1 ? 2 : 1 }), /ECONNREFUSED/);
});

test('record-kept holds when the clock is true and an alarm arrived, and says what it lacks until then', async (t) => {
	const store = openMemoryStore();
	const observations = createObservations(store, (error) => assert.fail(String(error)));
	t.after(() => observations.stop());
	const alerts = { url: 'https://alerts.example/', secretFile: '/', events: alertKinds };
	let failing: number | null = null;
	const holds = async (
		timeSource: TimeSource | null,
		events: typeof alerts | null,
		act?: (watch: RecordWatch) => unknown,
	) => {
		const watch = await openRecordWatch({
			...{ config: { data: tmpdir(), alerts: events, timeSource }, store, observations },
			...{ commits: { failing: () => failing }, clock, log: silentLog, report: (error) => assert.fail(String(error)) },
		});
		const found = async () => (await watch.facts()).map(({ value, source }) => `${source}: ${String(value)}`);
		await act?.(watch);
		if (timeSource !== null) await until('the clock was compared', async () => /clock/.test((await found()).join()));
		const facts = await found();
		const told = watch.conditions().map(({ kind }) => kind);
		await watch.stop();
		return [...facts, ...told].join('; ');
	};
	assert.match(await holds(server.nts, alerts), /^clock: \d{1,3}; alerts: the webhook has taken no alert in 90 days/);
	assert.match(
		await holds(server.nts, null),
		/alerts of the site file lack disk-short, record-failing, clock-doubtful$/,
	);
	// A webhook that takes one; known after a restart too.
	await holds(null, alerts, (watch) => watch.heard(async () => {})?.('{}', 0));
	assert.match(await holds(server.nts, alerts), /^clock: \d{1,3}$/);
	assert.match(await holds(null, alerts), /^clock: nobody is asked for the time/);
	// Plain NTP is believed for 10 s at best; a clock that is out by more is shown as it is.
	assert.equal(await holds(server.ntp, alerts), 'clock: 10000');
	server.ahead = -3_600_000;
	assert.match(await holds(server.ntp, alerts), /^clock: 3[56]\d{5}; clock-doubtful$/);
	server.ahead = 0;
	assert.match(await holds({ ...server.nts, caFile: null }, alerts), /^clock: .*certificate.*; clock-doubtful$/);
	failing = 1000;
	assert.match(await holds(server.nts, alerts), /room: the store has taken no write since 1970.*; record-failing$/);
});
