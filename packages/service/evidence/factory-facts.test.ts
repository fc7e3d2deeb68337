import assert from 'node:assert/strict';
import { test } from 'node:test';
import { days } from '@keyward/core';
import type { AttestationTrust } from '@keyward/core/attest';
import type { DebugInterface, DeviceStatement, KeyEvidence } from '@keyward/core/device';
import type { IssuedCertificate, KnownStatement, Principal, StoredDeviceReport } from '@keyward/core/port';
import { factoryFacts } from './factory-facts.ts';

const now = Date.UTC(2026, 10, 1);
const subject = { kind: 'device', application: 'hall', id: 'probe-1' } as const;
const principal: Principal = { ...subject, class: 'probe', part: null, state: 'active', at: now };
const statement: DeviceStatement = {
	...{ said: now - days(9), debugPort: 'closed' },
	certificates: [{ scheme: 'common-criteria', number: 'N-1', level: 'EAL6+ AVA_VAN.5', expires: now + days(1) }],
	leakageTest: { laboratory: 'lab', report: '00'.repeat(32), at: now - days(30) },
};
const mill = { name: 'mill', anchors: [], emulated: false, manifestSigners: [] };
const trust: AttestationTrust = { manufacturers: [mill], revoked: new Set(), deniedFirmware: [] };
const key: KeyEvidence = {
	custody: 'pkcs11',
	proof: 'endorsed',
	part: 'serial:1',
	manufacturer: 'mill',
	emulated: false,
};

const factsOf = async (
	more: {
		readonly evidence?: Partial<KeyEvidence>;
		readonly known?: Partial<KnownStatement>;
		readonly says?: Partial<DeviceStatement>;
		readonly debug?: readonly DebugInterface[];
		readonly trust?: Partial<AttestationTrust>;
	} = {},
): Promise<string[]> => {
	const certificate = { revoked: null, evidence: { ...key, ...more.evidence } } as IssuedCertificate;
	const known = { manufacturer: 'mill', signer: 'aa', statement: { ...statement, ...more.says }, ...more.known };
	const { debug = [] } = more;
	const report = { scope: 'machine', ports: [], services: [], debug, tamper: [] } as const;
	const said: StoredDeviceReport = { application: 'hall', device: 'probe-1', at: now, attested: false, report };
	const store = { certificates: async () => [certificate], statementOf: async () => known };
	const facts = await factoryFacts(store, [principal], () => said, { ...trust, ...more.trust }, now);
	return facts.map(({ claim, value, strength }) => `${claim}: ${strength} ${String(value)}`);
};

const closed = 'debug-port-closed: endorsed true';
const sideChannel = 'side-channel-evidence: endorsed part-and-test';

test('a manufacturer speaks for the device that its part is in, for as long as the site believes it', async () => {
	assert.deepEqual(await factsOf(), [closed, sideChannel]);
	const ek = {
		part: `ek:${'0'.repeat(64)}`,
		manufacturer: 'a manufacturer of TPMs',
		proof: 'attested',
		custody: 'tpm2',
	} as const;
	const manufacturers = [mill, { ...mill, name: 'a manufacturer of TPMs' }];
	assert.deepEqual(await factsOf({ evidence: ek, trust: { manufacturers } }), [closed, sideChannel]);
	for (const none of [
		{ evidence: { proof: 'claimed' } },
		{ evidence: { part: null } },
		{ known: { manufacturer: 'another' } },
		{ trust: { revoked: new Set(['aa']) } },
		{ trust: { revoked: new Set(['serial:1@mill']) } },
		{ trust: { manufacturers: [] } },
	] as const)
		assert.deepEqual(await factsOf(none), [], JSON.stringify(none));
});

test('who contradicts a good word is believed, and what nobody says is not known', async () => {
	const jtag = (state: DebugInterface['state']) => [{ name: 'jtag', state }];
	const [own] = await factsOf({ debug: jtag('open') });
	assert.equal(own, 'debug-port-closed: claimed open, as the device says itself: jtag');
	assert.deepEqual(await factsOf({ debug: jtag('closed') }), ['debug-port-closed: claimed true', closed, sideChannel]);
	const open = await factsOf({ says: { debugPort: 'open' }, debug: jtag('closed') });
	assert.equal(open[1], 'debug-port-closed: endorsed open, as its manufacturer says');
	const [first] = await factsOf({ says: { debugPort: null }, debug: jtag('unknown') });
	assert.equal(first, 'debug-port-closed: claimed it cannot tell of jtag');
	// A closed console says nothing of the pins beside the processor.
	const [serial] = await factsOf({ debug: [{ name: 'serial-console', state: 'closed' }] });
	assert.equal(serial, 'debug-port-closed: claimed it cannot tell of the debug port of its processor');
});

test('a certificate of a part counts by its scheme and level, until its last day', async () => {
	const [one] = statement.certificates;
	assert.ok(one);
	const sideOf = async (change: Partial<DeviceStatement>): Promise<string> =>
		(await factsOf({ says: change })).at(-1) ?? '';
	const with_ = (change: Partial<typeof one>) => sideOf({ certificates: [{ ...one, ...change }] });
	assert.equal(await sideOf({ leakageTest: null }), 'side-channel-evidence: endorsed part');
	assert.match(await sideOf({ certificates: [] }), /names no certificate/);
	assert.match(await with_({ expires: now }), /certificate N-1 of the part is over/);
	assert.match(await with_({ level: 'AVA_VAN.3' }), /says nothing of leakage/);
	assert.match(await with_({ scheme: 'psa' }), /says nothing of leakage/);
	assert.equal(await with_({ scheme: 'sesip', level: 'SESIP 5' }), sideChannel);
	assert.match(await with_({ scheme: 'sesip', level: 'SESIP 3' }), /says nothing of leakage/);
});
