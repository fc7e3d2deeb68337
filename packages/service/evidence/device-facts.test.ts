import assert from 'node:assert/strict';
import { test } from 'node:test';
import { hours } from '@keyward/core';
import { type Fact, readPolicy } from '@keyward/core/policy';
import type { Principal, StoredDeviceReport } from '@keyward/core/port';
import { hallPolicy } from '@keyward/testing/service/site';
import { deviceFacts } from './device-facts.ts';

const at = Date.UTC(2026, 10, 1);
const declared = 'streams: [dose-rate, state], ports: [tcp/22], services: [ssh] }';
const read = readPolicy(hallPolicy.replace('streams: [dose-rate, state] }', declared));
assert.ok('policy' in read);
const { policy } = read;
const principal: Principal = {
	...{ kind: 'device', application: 'hall', id: 'probe-1', class: 'probe', part: null, state: 'active', at },
};
const report = { scope: 'machine', ports: ['tcp/22'], services: ['ssh'], debug: [], tamper: [] } as const;
const said = { application: 'hall', device: 'probe-1', at, attested: true, report };
const boot: Fact = {
	subject: { kind: 'device', application: 'hall', id: 'probe-1' },
	...{ claim: 'boot-verified', value: 'authentic', strength: 'attested', source: 'registrar', at: at - hours(1) },
};
const factOf = (one: StoredDeviceReport, known: readonly Fact[], measured = ['probe']): Fact | undefined =>
	deviceFacts(policy, [principal], { said: () => one, incidents: [], known, measured: new Set(measured) })[0];

test('a report is claimed, and observed only while an attested boot of measured files speaks for it', () => {
	const ofBoot = (more: Partial<Fact>): Fact[] => [{ ...boot, ...more }];
	assert.deepEqual(factOf(said, [boot]), {
		subject: boot.subject,
		...{ claim: 'least-function', value: true, strength: 'observed', source: 'device', at },
	});
	const weak: readonly (readonly [StoredDeviceReport, readonly Fact[], string[]?])[] = [
		[said, []],
		[said, [boot], []],
		[{ ...said, attested: false }, [boot]],
		[{ ...said, report: { ...report, scope: 'program' } }, [boot]],
		[said, ofBoot({ at: at - hours(1) - 1 })],
		[said, ofBoot({ value: 'PCR 4 is not that of 1.0' })],
		[said, ofBoot({ strength: 'claimed' })],
		[said, ofBoot({ subject: { ...boot.subject, id: 'probe-2' } })],
	];
	for (const [one, known, measured] of weak) assert.equal(factOf(one, known, measured)?.strength, 'claimed');
});

test('what is open or runs and is not declared is named; what cannot be told is no evidence that all is well', () => {
	const valueOf = (more: Partial<typeof report | { ports: string[] | null; services: string[] | null }>) =>
		factOf({ ...said, report: { ...report, ...more } }, [])?.value;
	assert.equal(valueOf({ ports: ['tcp/22', 'udp/22'] }), 'open and not declared: udp/22');
	assert.equal(valueOf({ services: ['a', 'b', 'c', 'd', 'ssh'] }), 'running and not declared: a, b, c and 1 more');
	assert.equal(valueOf({ ports: null }), 'it cannot tell which ports are open');
	assert.equal(valueOf({ services: null }), 'it cannot tell which services run');
});
