import assert from 'node:assert/strict';
import { test } from 'node:test';
import { programOperations } from '../policy/program.ts';
import { readPolicy } from '../policy/read-policy.ts';
import { policyWith } from './authorize.fixture.ts';
import { mayAsProgram } from './program.ts';

const policy = policyWith({ more: 'programs: { robot: [device.quarantine] }' });
const robot = { kind: 'reader', application: 'hall', id: 'robot' } as const;
const operation = (name: string) => ({ name, callers: [{ kind: 'certificate', role: 'program' }] as const });
const quarantine = operation('device.quarantine');
const input = { application: 'hall', device: 'probe-1' };

test('a program calls what its policy names, of its application alone', () => {
	assert.equal(mayAsProgram(quarantine, robot, policy, input), true);
	assert.equal(mayAsProgram(operation('device.release'), robot, policy, input), false);
	assert.equal(mayAsProgram({ ...quarantine, callers: [{ kind: 'operator' }] }, robot, policy, input), false);
	for (const other of [
		{ ...robot, id: 'desk' },
		{ ...robot, kind: 'device' },
		{ ...robot, application: 'yard' },
	] as const)
		assert.equal(mayAsProgram(quarantine, other, policy, input), false);
	for (const about of [{ application: 'yard' }, { device: 'probe-1' }, {}, null, 'hall', [['application', 'hall']]])
		assert.equal(mayAsProgram(quarantine, robot, policy, about), false, JSON.stringify(about));
	assert.equal(mayAsProgram(quarantine, robot, policyWith(), input), false);
	assert.equal(mayAsProgram(quarantine, robot, null, input), false);
});

test('a policy names for programs only what programs may be given', () => {
	for (const name of ['policy.apply', 'person.invite', 'grant.add', 'no.such', '"*"', '__proto__']) {
		const read = readPolicy(
			[
				'application: hall',
				'level: { authenticity: 0, authorization: 0, integrity: 0, confidentiality: 0, adaptability: 0, resistance: 0 }',
				'mode: enforce',
				'streams: { state: { unit: /, every: 10s, readers: [] } }',
				'devices: { probe: { custody: [software], streams: [state] } }',
				`programs: { robot: [${name}] }`,
			].join('\n'),
		);
		assert.ok('findings' in read, name);
		assert.deepEqual(
			read.findings.map(({ code, line }) => [code, line]),
			[['policy-bad-value', 6]],
		);
	}
	assert.equal(new Set(programOperations).size, programOperations.length);
});
