import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { test, type TestContext } from 'node:test';
import { temporaryFolder } from '@keyward/testing/folder';
import { days } from '@keyward/core';
import { parseRoster, ReaderView, readSealedItem } from '@keyward/core/seal';
import { encapsulateKem, makeEphemeralAgreementKey, makeEphemeralKey } from '@keyward/custody';
import { rosterText } from '@keyward/testing/owner/owner';
import { Outbox } from '../outbox/outbox.ts';
import { Sealer } from './sealer.ts';

const base64 = (bytes: Uint8Array): string => Buffer.from(bytes).toString('base64');

/** A device with a sealed stream, and its reader. */
const setUp = async (t: TestContext) => {
	const folder = temporaryFolder('keyward-told-');
	const outbox = new Outbox(folder);
	t.after(() => outbox.close());
	const [signer, reader] = [makeEphemeralKey(), makeEphemeralAgreementKey()];
	const expires = '2100-01-01T00:00:00Z';
	const terms = { sealed: true, suite: 1, signed: { within: '60s' }, every: null, epoch: '1h', unit: 'Sv/h' };
	const text = rosterText(1, Date.now(), days(1), {
		devices: { probe: { key: base64(signer.publicKey) } },
		readers: {
			desk: { key: base64(reader.publicKey), streams: ['air'], purpose: 'read', expires },
		},
		streams: { air: { ...terms, essential: false } },
	});
	const complaints: string[] = [];
	const service = { disputed: false };
	const sealer = new Sealer({
		...{ application: 'hall', device: 'probe', outbox, signer: async () => signer, now: Date.now, wake: () => {} },
		machine: { boot: 'boot', tick: () => performance.now(), wall: Date.now },
		entropy: { bytes: (count) => Uint8Array.from(randomBytes(count)) },
		ephemeral: async () => makeEphemeralAgreementKey(),
		encapsulate: encapsulateKem,
		disputed: () => service.disputed,
		complain: ({ code }) => complaints.push(code),
	});
	const roster = parseRoster(new TextEncoder().encode(text));
	await sealer.start({ state: 'current', roster });
	return { sealer, outbox, complaints, service, roster, reader };
};

test('a service that says an epoch far beyond its device has it neither counted up to the end nor stopped', async (t) => {
	const { sealer, outbox, complaints } = await setUp(t);
	let put = 0;
	/** The epoch of a reading that is kept after the service has said this. */
	const epochAfter = async (told: number): Promise<number | null> => {
		await sealer.heard({ epochs: new Map([['air', told]]), sequences: new Map() });
		outbox.put({ stream: 'air', time: Date.now() + ++put, value: put, unit: 'Sv/h' });
		await sealer.work();
		const rows = outbox.next(1000);
		const readings = rows.flatMap(({ sealed }) => (sealed === undefined ? [] : [readSealedItem(sealed)]));
		outbox.acknowledged(rows.map(({ id }) => id));
		const last = readings.findLast(({ kind }) => kind === 'reading');
		return last === undefined || !('epoch' in last) ? null : last.epoch;
	};
	assert.equal(await epochAfter(0), 1);
	// Its folder may have been put back from a copy: what it can have begun meanwhile counts.
	assert.equal(await epochAfter(7000), 7001);
	assert.deepEqual(complaints, []);
	assert.equal(await epochAfter(2 ** 32 - 2), 7001);
	assert.deepEqual(complaints, ['service-not-trusted']);
	// Of an earlier version of the agent, which believed it: it is said, and readings wait.
	outbox.beginEpoch('air', { number: 2 ** 32 - 1, hash: new Uint8Array(32), message: new Uint8Array(1) });
	outbox.acknowledged(outbox.next(1000).map(({ id }) => id));
	assert.equal(await epochAfter(7002), null);
	assert.equal(complaints.at(-1), 'epoch-exhausted');
	await sealer.stop();
});

test('what is sealed while the service contradicts a kept clock says that its time is in doubt', async (t) => {
	const { sealer, outbox, service, roster, reader } = await setUp(t);
	await sealer.heard({ epochs: new Map(), sequences: new Map() });
	const view = new ReaderView({ application: 'hall', device: 'probe', stream: 'air' });
	const trust = { rosters: [roster] as const, key: { agreement: reader }, now: Date.now() };
	for (const disputed of [false, true, false]) {
		service.disputed = disputed;
		outbox.put({ stream: 'air', time: Date.now() + outbox.next(1000).length, value: 1, unit: 'Sv/h' });
		await sealer.work();
	}
	const doubts: unknown[] = [];
	for (const { sealed } of outbox.next(1000)) {
		const { reading } = await view.take(sealed ?? new Uint8Array(), trust);
		if (reading !== null) doubts.push(reading.doubted === true);
	}
	assert.deepEqual(doubts, [false, true, false]);
	await sealer.stop();
});
