import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { test } from 'node:test';
import type { Posture } from '@keyward/core/policy';
import { needs } from '@keyward/testing/debian';
import { createCommitTimes } from '../ingest/commit-times.ts';
import { createCounters } from '../log/counters.ts';
import { createMetrics } from './metrics.ts';
import { everyMinute } from './posture/posture-metrics.ts';

const station = { kind: 'device', application: 'hall', id: 'one' } as const;
const kind = { requirement: 'key-custody', held: 1, reason: 'in a file', barred: false } as const;
const weakness = { ...kind, component: station };
const posture: Posture = {
	...{ application: 'hall', mode: 'enforce', emulated: [], otherCa: [], unseen: [station], suspected: [] },
	counts: { components: 2, emulated: 0, otherCa: 0, unseen: 1, suspected: 0 },
	objectives: [
		{
			...{ objective: 'resistance', required: 3, held: 1, total: 2 },
			alike: [{ ...kind, count: 2 }],
			weakest: [weakness, { ...weakness, component: { ...station, id: 'two' } }],
		},
	],
};

test('a scrape gives what is counted, in the text format that Prometheus reads', async (t) => {
	const counters = createCounters();
	const commits = createCommitTimes(() => 7);
	const metrics = createMetrics({
		version: '1.2.3',
		counters,
		commits,
		sessions: () => [
			{ principal: { application: 'hall', kind: 'device' } },
			{ principal: { application: 'hall', kind: 'device' } },
			{ principal: { application: 'hall', kind: 'reader' } },
		],
		batchesWaiting: () => 3,
		ledgers: async () => new Map([['hall', 41]]),
		disk: async () => ({ free: 1e9, freeInodes: null }),
		certificates: () => [{ name: 'CN="odd\\name"', until: 1_790_000_000_000 }],
		ready: async () => false,
		alerts: () => ({ standing: new Map([['disk-short', 2]]), waiting: 1 }),
		posture: async () => [posture],
	});
	counters.add('accepted', 100);
	counters.add('known', 5);
	counters.add('reading-unit', 2);
	counters.add('enrolled', 4);
	commits.took(3);
	commits.took(80);
	commits.failed();
	const read = async (): Promise<Map<string, string>> => {
		const lines = (await metrics.text()).split('\n').filter((line) => line !== '');
		for (const line of lines) assert.match(line, /^(?:# (?:HELP|TYPE) keyward_\w+ .+|keyward_\w+(?:\{.+\})? \S+)$/);
		return new Map(
			lines
				.filter((line) => !line.startsWith('#'))
				.map((line) => [line.replace(/ \S+$/, ''), line.replace(/^.* /, '')]),
		);
	};
	const first = await read();
	for (const [name, value] of Object.entries({
		'keyward_info{version="1.2.3"}': '1',
		keyward_ready: '0',
		'keyward_readings_total{outcome="stored"}': '100',
		'keyward_readings_total{outcome="repeated"}': '5',
		'keyward_refusals_total{code="reading-unit"}': '2',
		'keyward_events_total{event="enrolled"}': '4',
		'keyward_sessions{application="hall",kind="device"}': '2',
		'keyward_commit_seconds_bucket{le="0.005"}': '1',
		keyward_commit_seconds_count: '2',
		'keyward_commits_total{outcome="durable"}': '2',
		'keyward_commits_total{outcome="failed"}': '1',
		keyward_batches_waiting: '3',
		'keyward_ledger_leaves{application="hall"}': '41',
		keyward_disk_free_bytes: '1000000000',
		'keyward_certificate_end_timestamp_seconds{certificate="CN=\\"odd\\\\name\\""}': '1790000000',
		'keyward_alerts_standing{event="disk-short"}': '2',
		keyward_alerts_waiting: '1',
		'keyward_posture_required_level{application="hall",objective="resistance"}': '3',
		'keyward_posture_held_level{application="hall",objective="resistance"}': '1',
		'keyward_posture_weak_components{application="hall",objective="resistance",requirement="key-custody",barred="no"}':
			'2',
		'keyward_posture_unseen_components{application="hall"}': '1',
		'keyward_posture_emulated_devices{application="hall"}': '0',
	}))
		assert.equal(first.get(name), value, name);
	assert.ok(Number(first.get('keyward_event_loop_delay_seconds{statistic="p99"}')) >= 0);
	assert.equal(first.get('keyward_disk_free_inodes'), '+Inf');
	// A second scrape adds nothing by itself.
	counters.add('accepted');
	const second = await read();
	assert.equal(second.get('keyward_readings_total{outcome="stored"}'), '101');
	assert.equal(second.get('keyward_refusals_total{code="reading-unit"}'), '2');
	await t.test('promtool finds nothing to better', async (t) => {
		if (!needs(t, 'promtool')) return;
		const promtool = spawnSync('promtool', ['check', 'metrics'], { input: await metrics.text(), encoding: 'utf8' });
		assert.deepEqual([promtool.status, promtool.stdout, promtool.stderr], [0, '', '']);
	});
	metrics.stop();
});

test('scrapes within a minute share one appraisal, and a failed one is not kept', async () => {
	let now = 0;
	let asked = 0;
	const read = everyMinute(
		async () => {
			asked += 1;
			if (asked === 1) throw new Error('the store is busy');
			return [posture];
		},
		() => now,
	);
	await assert.rejects(read(), /busy/);
	assert.deepEqual([await read(), await read()], [[posture], [posture]]);
	assert.equal(asked, 2);
	now = 60_000;
	await read();
	assert.equal(asked, 3);
});
