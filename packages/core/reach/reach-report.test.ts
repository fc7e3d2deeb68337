import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Problem } from '../problem/problem.ts';
import type { Inventory } from './inventory.ts';
import { fleetChokePoints } from './fleet-choke-points.ts';
import { inventoryGraph } from './inventory-graph.ts';
import { createFleetReach } from './reach-bound.ts';
import { reachReport } from './reach-report.ts';
import { nothingKnown, sensor, site } from './reach.fixture.ts';
import { findSubject } from './subject.ts';
import { suppose } from './suppose.ts';

const reach = (inventory: Inventory, subject: string) => {
	const built = inventoryGraph(inventory);
	return reachReport(built, findSubject(built.graph, subject));
};

const problem = (code: string, words: RegExp) => (error: unknown) =>
	error instanceof Problem && error.code === code && words.test(error.detail);

test('one opened sensor of 1,000: shared PSK, software key, hardware key', () => {
	const fleet = site(1000);
	const shared = reach(suppose(fleet, 'psk=shared'), 'probe-1');
	assert.deepEqual([shared.others.certain, shared.others.inHand, shared.keyLeaves], [999, 0, true]);
	const software = reach(fleet, 'probe-1');
	assert.deepEqual([software.others.certain, software.others.inHand, software.keyLeaves], [0, 0, true]);
	assert.deepEqual(reach(suppose(suppose(fleet, 'custody=tpm2'), 'custody=file'), 'probe-1'), software);
	const hardware = reach(suppose(fleet, 'custody=tpm2'), 'probe-1');
	assert.deepEqual([hardware.others.certain, hardware.others.inHand, hardware.keyLeaves], [0, 0, false]);
	assert.ok(hardware.falls.some(({ kind, certain, inHand }) => kind === 'identity' && certain === 0 && inHand === 1));
	// A secret that all share falls with one in whatever part it lies, while it is in hand.
	const sharedInPart = reach(suppose(suppose(fleet, 'psk=shared'), 'custody=tpm2'), 'probe-1');
	assert.deepEqual([sharedInPart.others.certain, sharedInPart.others.inHand], [0, 999]);
});

test('a shared secret opens what was recorded, and what makes it so is the choke point', () => {
	const { falls, chokePoints, steps } = reach(suppose(site(10), 'psk=shared'), 'probe-1');
	assert.equal(falls.find(({ kind }) => kind === 'stream-read')?.certain, 10);
	assert.match(chokePoints[0]?.what ?? '', /^the key that all share$/);
	assert.ok(steps.some(({ says, more }) => says === 'authenticates as' && more === 9));
});

test('the service, its CA and its operator', () => {
	const fleet = site(10);
	const service = reach(fleet, 'service');
	assert.equal(service.others.certain, 10);
	assert.equal(reach(fleet, 'ca:hall').others.certain, 10);
	const operator = reach(fleet, 'operator');
	assert.deepEqual([operator.others.certain, operator.others.inHand, operator.keyLeaves], [0, 10, false]);
	// A CA's key in a token is used by who has the service, and does not leave it.
	const token = reach(suppose(fleet, 'ca=pkcs11'), 'service');
	assert.deepEqual([token.others.certain, token.others.inHand, token.keyLeaves], [0, 10, false]);
});

test('sealed readings: a reader opens them by its key, the service and its CA not at all, a device only what goes on in its memory', () => {
	const read = (fleet: Inventory, subject: string) =>
		reach(fleet, subject).falls.find(({ kind }) => kind === 'stream-read');
	const open = site(10);
	const sealed = suppose(open, 'readings=sealed');
	assert.equal(read(open, 'service')?.certain, 10);
	assert.equal(read(open, 'ca:hall')?.certain, 10);
	assert.equal(read(sealed, 'service'), undefined);
	assert.equal(read(sealed, 'ca:hall'), undefined);
	assert.equal(read(sealed, 'desk')?.certain, 10);
	assert.deepEqual(read(sealed, 'probe-1'), { kind: 'stream-read', certain: 0, inHand: 1 });
});

test('a gateway has what it passes on; behind another one too', () => {
	const fleet: Inventory = {
		...nothingKnown,
		devices: [sensor('a', { gateways: ['inner'], authorities: [] }), sensor('b', { authorities: [] })],
		gateways: [
			{ id: 'inner', keys: [{ key: 'of inner', custody: 'software', opensRecorded: false }], behind: 'outer' },
			{ id: 'outer', keys: [], behind: null },
		],
	};
	assert.equal(reach(fleet, 'outer').falls.find(({ kind }) => kind === 'stream-write')?.certain, 1);
	assert.deepEqual(
		reach(suppose(fleet, 'gateway=blind'), 'outer').falls.map(({ kind }) => kind),
		['gateway'],
	);
	// It carries what the inner one passes on, and has nothing that lies in the inner one.
	const kinds = (subject: string): string[] => reach(fleet, subject).falls.map(({ kind }) => kind);
	assert.deepEqual(
		['custody', 'key'].map((kind) => [kinds('outer').includes(kind), kinds('inner').includes(kind)]),
		[
			[false, true],
			[false, true],
		],
	);
});

test('an update role falls with so many of its keys as sign together, and takes every device', () => {
	const role = (threshold: number): Inventory => ({
		...nothingKnown,
		devices: [sensor('a', { updateRoles: ['targets'] }), sensor('b', { updateRoles: ['targets'] })],
		updateRoles: [{ id: 'targets', keys: ['one', 'two'], threshold }],
		people: [{ id: 'anna', operatesService: false, keys: ['one'] }],
	});
	assert.equal(reach(role(1), 'anna').others.certain, 2);
	assert.equal(reach(role(2), 'anna').others.certain, 0);
});

test('the fleet by the scale of reach-bound', () => {
	const values = (fleet: Inventory): string[] => {
		const { graph, owners } = inventoryGraph(fleet);
		return createFleetReach(graph, owners)().map(({ value }) => value);
	};
	assert.deepEqual(values(site(3)), ['none', 'none', 'none']);
	assert.deepEqual(values(suppose(site(2), 'custody=tpm2')), ['none-and-no-key', 'none-and-no-key']);
	assert.deepEqual(values(suppose(site(2), 'psk=shared')), ['any', 'any']);
});

test('a subject that is unknown or ambiguous, and what cannot be supposed, are refused with what to do', () => {
	const { graph } = inventoryGraph({ ...nothingKnown, devices: [sensor('hall/a'), sensor('yard/a')] });
	assert.throws(() => findSubject(graph, 'a'), problem('reach-subject', /device:hall\/a, device:yard\/a/));
	assert.throws(() => findSubject(graph, 'z'), problem('reach-subject', /"z" is no device/));
	assert.equal(findSubject(graph, 'device:hall/a'), findSubject(graph, 'hall/a'));
	assert.throws(() => suppose(nothingKnown, 'custdy=tpm2'), problem('what-if-unknown', /did you mean "custody"/));
	assert.throws(() => suppose(nothingKnown, 'psk=maybe'), problem('what-if-unknown', /psk=shared, psk=own/));
	assert.throws(() => suppose(nothingKnown, 'constructor=1'), problem('what-if-unknown', /constructor/));
});

test('choke points of the fleet: the shared secret first, with the devices that its remedy frees', () => {
	const shared = (key: string, from: number, to: number) =>
		Array.from({ length: to - from }, (_, index) =>
			sensor(`hall/probe-${from + index}`, { keys: [{ key, custody: 'software', opensRecorded: false }] }),
		);
	const inventory: Inventory = {
		...nothingKnown,
		devices: [...shared('one', 0, 40), ...shared('two', 40, 45), ...shared('alone', 45, 46)],
	};
	const { graph, owners } = inventoryGraph(inventory);
	const points = fleetChokePoints(graph, owners);
	assert.deepEqual(
		points.map(({ devices }) => devices),
		[40, 5],
	);
	assert.match(points[0]?.what ?? '', /key one/);
	assert.deepEqual(fleetChokePoints(inventoryGraph(site(3)).graph, inventoryGraph(site(3)).owners), []);
});
