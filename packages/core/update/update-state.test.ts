import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Problem } from '../problem/problem.ts';
import * as floors from './security-floor.ts';
import * as states from './update-state.ts';

const target = (release: string, securityFloor: number): states.UpdateTarget => ({
	path: `releases/hall/probe/${release}/image`,
	...{
		release,
		securityFloor,
		installer: 'directory',
		length: 10,
		sha256: securityFloor.toString(16).padStart(64, '0'),
	},
});
const slots: states.Slots = { from: 'a', to: 'b' };

test('every state is read again as it was written, and nothing else is', () => {
	const one = target('2.0', 7);
	const first = states.begin(states.NOTHING_INSTALLED, one);
	assert.ok(first !== null);
	const fresh = states.installed(first, one, slots, 'boot-1');
	const second = states.started(fresh, 'b', 'boot-2');
	const all = [
		...[
			states.NOTHING_INSTALLED,
			first,
			states.staged(first, one),
			states.installing(first, one, slots),
			fresh,
			second,
		],
		...[states.connected(second), states.fallingBack(second, 'no'), states.confirmed(second, one)],
		states.fallenBack(second, one, 'no'),
	];
	for (const state of all) assert.deepEqual(states.readUpdateState(states.writeUpdateState(state)), state);
	const good = states.writeUpdateState(second);
	const bad = [
		...['', '{', '[]', 'null', good.replace('"version":1', '"version":2'), good.replace('"b"', '7')],
		...[
			good.replace('installed', 'constructor'),
			good.replace('2.0/image', '2.1/image'),
			good.replace('"starts":1', '"starts":"1"'),
		],
		good.replace('"failed":[]', '"failed":["x"]'),
	];
	for (const text of bad)
		assert.throws(
			() => states.readUpdateState(text),
			(error) => error instanceof Problem && error.code === 'update-state-malformed',
		);
});

test('only the new version confirms, and by connecting; one that does not is left after a time or a number of starts', () => {
	const one = target('2.0', 7);
	const fresh = states.installed(states.NOTHING_INSTALLED, one, slots, 'boot-1');
	// The process that installed it is the old version: that it connects says nothing.
	assert.equal(states.connected(fresh).phase.state, 'installed');
	assert.equal(states.overdue(fresh.phase, 1e9, states.TRIAL), null);
	const first = states.started(fresh, 'b', 'boot-2');
	assert.equal(states.connected(first).phase.state, 'confirming');
	assert.equal(states.overdue(first.phase, states.TRIAL.within - 1, states.TRIAL), null);
	assert.match(states.overdue(first.phase, states.TRIAL.within, states.TRIAL) ?? '', /within 1800 s/);
	let state = fresh;
	for (let start = 0; start <= states.TRIAL.starts; start++) state = states.started(state, 'b', 'boot-2');
	assert.match(states.overdue(state.phase, 0, states.TRIAL) ?? '', /4 times/);
	// Restarted without a boot, it is still to be booted; booted into the old slot, the boot loader has decided.
	assert.equal(states.started(fresh, 'a', 'boot-1').phase.state, 'installed');
	assert.equal(states.started(fresh, 'a', 'boot-2').phase.state, 'falling-back');
	// What was left is not tried again, until it is confirmed after all.
	const left = states.fallenBack(first, one, 'no');
	assert.deepEqual([left.running, left.failed], [null, [one.sha256]]);
	assert.deepEqual(states.confirmed(left, one).failed, []);
});

test('nothing is begun while something is half done', () => {
	const [one, two] = [target('2.0', 7), target('2.1', 8)];
	const under = states.installing(states.NOTHING_INSTALLED, one, slots);
	assert.equal(states.begin(under, two), null);
	assert.equal(states.begin(states.started(states.installed(under, one, slots, ''), 'b', ''), two), null);
	assert.deepEqual(states.begin(states.staged(under, one), two)?.phase, { state: 'downloading', target: two });
	assert.deepEqual(states.abandoned(states.staged(under, one)).phase, { state: 'idle' });
});

test('the floor rises by what was confirmed and never falls; a lower file does not lower a counter', () => {
	const floor = floors.raisedBy(floors.NO_FLOOR, 7);
	assert.equal(floors.raisedBy(floor, 3).release, 7);
	assert.equal(floors.judgeFloor(7, floor), null);
	assert.equal(floors.judgeFloor(6, floor)?.code, 'release-below-floor');
	assert.equal(floors.judgeFloor(6, floors.floorInForce(floors.NO_FLOOR, 7))?.requirement, 'rollback-refused');
	assert.equal(floors.floorInForce(floor, null).release, 7);
	assert.deepEqual(floors.readFloor(floors.writeFloor(floor)), floor);
	for (const text of [
		'',
		'{}',
		floors.writeFloor(floor).replace('7', '-1'),
		floors.writeFloor(floor).replace('1970', 'then'),
	])
		assert.throws(
			() => floors.readFloor(text),
			(error) => error instanceof Problem && error.code === 'update-state-malformed',
		);
});

test('a clock set back is judged by what the owner signed; one set forward leaves nothing behind', () => {
	const signed = Date.UTC(2026, 10, 27);
	const floor = floors.datedBy(floors.NO_FLOOR, signed);
	assert.equal(floors.timeToJudgeBy(floor, Date.UTC(2020, 0)), signed);
	assert.equal(floors.timeToJudgeBy(floor, Date.UTC(2099, 0)), Date.UTC(2099, 0));
	assert.equal(floors.datedBy(floor, Date.UTC(2020, 0)).time, signed);
});
