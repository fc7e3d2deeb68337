import assert from 'node:assert/strict';
import { test } from 'node:test';
import { hours, minutes, seconds } from '@keyward/core';
import { parsePolicy } from '@keyward/core/policy';
import type { Principal } from '@keyward/core/port';
import { watchContinuity } from './continuity.ts';

const policyText = `
application: hall
level: { authenticity: 2, authorization: 1, integrity: 1, confidentiality: 1, adaptability: 0, resistance: 0 }
mode: enforce
streams:
  dose-rate: { unit: Sv/h, every: 1min, readers: [] }
  state: { unit: /, every: 10s, readers: [] }
devices:
  probe: { custody: [software], streams: [dose-rate, state] }
  sleeper: { custody: [software], streams: [dose-rate], sleeps: 6h }
`;
const asks = parsePolicy(`${policyText}tighten: { gap-noticed: 1min }\n`);
const start = Date.UTC(2026, 10, 22);

const device = (id: string, className = 'probe', state: Principal['state'] = 'active'): Principal => ({
	...{ kind: 'device', application: 'hall', id, class: className, part: null, state, at: start },
});

const stream = (id: number, of: string, name: string, last = 1) => ({
	...{ id, name: { application: 'hall', device: of, stream: name }, last, newest: start },
});

const watch = (
	devices: readonly Principal[],
	streams: readonly ReturnType<typeof stream>[],
	policy = parsePolicy(policyText),
) => {
	let now = start;
	const continuity = watchContinuity({
		streams: { all: () => streams },
		policyOf: (application) => (application === 'hall' ? policy : null),
		store: { principal: ({ id }) => Promise.resolve(devices.find((one) => one.id === id) ?? null) },
		clock: { now: () => now },
		report: (error) => assert.fail(String(error)),
		pace: 0,
	});
	return {
		continuity,
		hear: (one: ReturnType<typeof stream>, at: number, time = at) => {
			now = start + at;
			continuity.durable(one, [{ identity: start + time }]);
		},
		look: async (at: number) => {
			now = start + at;
			await continuity.look();
			return continuity.conditions();
		},
	};
};

test('a device is silent when three of its readings in a row did not come, and heard when one does', async () => {
	const [dose, state] = [stream(1, 'g-1', 'dose-rate'), stream(2, 'g-1', 'state')];
	const { look, hear, continuity } = watch([device('g-1')], [dose, state]);
	assert.deepEqual(await look(0), []);
	// After a restart every stream has its time to come back.
	assert.deepEqual(await look(minutes(1)), []);
	assert.match(
		(await look(minutes(1) + seconds(31)))[0]?.text ?? '',
		/^hall\/g-1 has sent nothing on state for 1 min:/,
	);
	assert.equal(continuity.of(2).presence, 'silent');
	// Late readings of an old time are heard too.
	hear(state, minutes(2), 0 - minutes(60));
	assert.deepEqual(await look(minutes(2)), []);
	assert.match((await look(minutes(4)))[0]?.text ?? '', /dose-rate for 4 min, state for 2 min/);
	hear(dose, minutes(5));
	hear(state, minutes(5));
	assert.deepEqual(await look(minutes(5)), []);
	// Nothing is asked: gaps are not looked for, and nothing is evidence.
	assert.deepEqual(continuity.facts(start + minutes(5)), []);
});

test('a sleeper is asleep and then silent; a retired device and an undeclared stream are nobody silent', async () => {
	const streams = [stream(1, 'g-1', 'dose-rate'), stream(2, 'g-2', 'dose-rate'), stream(3, 'g-3', 'gone')];
	const { look, continuity } = watch(
		[device('g-1', 'sleeper'), device('g-2', 'probe', 'retired'), device('g-3')],
		streams,
	);
	const subjects = async (at: number): Promise<string[]> => (await look(at)).map(({ subject }) => subject);
	assert.deepEqual(await subjects(0), []);
	assert.equal(continuity.of(1).presence, 'heard');
	assert.deepEqual(await subjects(hours(6)), []);
	assert.equal(continuity.of(1).presence, 'asleep');
	assert.deepEqual(await subjects(hours(6) + minutes(4)), ['hall/g-1']);
	assert.deepEqual(
		[1, 2, 3].map((id) => continuity.of(id).presence),
		['silent', null, null],
	);
});

test('where the policy asks, a gap is told apart from silence, filled by what comes late, and the time to notice is evidence', async () => {
	const dose = stream(1, 'g-1', 'dose-rate');
	const { look, hear, continuity } = watch([device('g-1')], [dose], asks);
	// Of before the restart is the reading before: what was missed meanwhile counts.
	hear(dose, minutes(3));
	assert.deepEqual(
		(await look(minutes(3))).map(({ kind, subject }) => [kind, subject]),
		[['readings-missing', 'hall/g-1']],
	);
	assert.deepEqual(continuity.of(1), { presence: 'heard', missing: 2 });
	hear(dose, minutes(3), minutes(1));
	hear(dose, minutes(3), minutes(2));
	assert.deepEqual(await look(minutes(3) + seconds(2)), []);
	// Due a minute after the last, and half of the policy's minute later at most.
	assert.deepEqual(await look(minutes(4) + seconds(30)), []);
	assert.deepEqual(
		(await look(minutes(4) + seconds(31))).map(({ kind }) => kind),
		['device-silent'],
	);
	const [fact] = continuity.facts(start + minutes(4) + seconds(32));
	// The longest between two looks of this test, and the grace.
	assert.equal(fact?.value, minutes(3) + seconds(30));
	assert.equal(fact?.source, 'continuity of hall');
});

test('a stream on which nothing came is not heard, and is silent once something should have come', async () => {
	const { continuity, look } = watch([device('g-1')], [stream(1, 'g-1', 'dose-rate', 0)]);
	await look(0);
	assert.equal(continuity.of(1).presence, null);
	await look(minutes(10));
	assert.equal(continuity.of(1).presence, 'silent');
});
