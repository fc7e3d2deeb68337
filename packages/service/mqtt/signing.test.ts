import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import { connectRemote } from '@keyward/client';
import { encodeRecord } from '@keyward/core/observe';
import type { Signer } from '@keyward/core/port';
import { openCheckpointHash, openDigestOf, signOpenCheckpoint } from '@keyward/core/seal';
import { hallPolicy, startSite, type TestIdentity, type TestSite } from '@keyward/testing/service/site';
import { openSession, readingPacket, type Packet } from '@keyward/testing/service/wire';

const policy = `${hallPolicy}tighten: { reading-signature: 10 min }\n`;
const unit = 'Sv/h';
const name = { application: 'hall', device: 'probe-1', stream: 'dose-rate' };
let moment = Math.floor(Date.now() / 1000) * 1000 - 1_000_000;

const stopped: (() => unknown)[] = [];
const ends = { after: (end: () => unknown) => void stopped.push(end) };
let site: TestSite;
let probe: TestIdentity;
let signer: Signer;

const streamKeyOf = ({ identity }: TestIdentity): Promise<Signer> => {
	assert.ok(identity.streamKey !== undefined);
	return identity.keyStore.open(identity.streamKey.name);
};

before(async () => {
	site = await startSite(ends, { policies: [policy], linkWorkers: 1 });
	probe = await site.commissionDevice('hall', 'probe-1');
	signer = await streamKeyOf(probe);
});
test.after(async () => {
	for (const end of stopped.toReversed()) await end();
});

const checkpointOf = (times: readonly number[], value = 1, previous: Uint8Array | null = null) => ({
	...{ number: (moment += 1000), times, previous },
	digest: openDigestOf(times.map((time) => ({ time, record: encodeRecord({ value, unit }) }))),
});

const timeOf = (payload: string | Buffer): number => {
	const [record] = JSON.parse(String(payload)) as readonly { readonly t: number }[];
	return (record?.t ?? 0) * 1000;
};

const packetOf = (messageId: number, payload: Uint8Array, stream = 'dose-rate'): Packet => ({
	...{ cmd: 'publish', topic: `hall/probe-1/${stream}`, payload: Buffer.from(payload) },
	...{ qos: 1, dup: false, retain: false, messageId },
});

test('a checkpoint of an open stream is kept beside its readings: for the API, and for no subscriber', async (t) => {
	const desk = await site.commissionReader('hall', 'desk');
	await site.grant('hall', 'desk', 'probe-1', 'dose-rate');
	const reader = await openSession(t, site, desk);
	const subscriptions = [{ topic: 'hall/probe-1/dose-rate', qos: 0 as const }];
	reader.send({ cmd: 'subscribe', messageId: 1, subscriptions });
	await reader.next('suback');
	const wire = await openSession(t, site, probe);
	// What a device is told that it is to sign, and in which unit.
	assert.deepEqual(wire.connack.properties?.userProperties?.['sign'], ['dose-rate 600 Sv/h', 'state 600 /']);
	const answerTo = async (packet: Packet): Promise<string> => {
		wire.send(packet);
		const { reasonCode, properties } = await wire.next('puback');
		return reasonCode === 0 ? 'taken' : ((properties?.reasonString ?? '').split(':')[0] ?? '');
	};
	const times = [1, 2, 3].map(() => (moment += 1000));
	for (const time of times) assert.equal(await answerTo(readingPacket('probe-1', 1, [{ time, value: 1 }])), 'taken');
	const first = checkpointOf(times);
	const message = await signOpenCheckpoint(first, name, signer);
	assert.equal(await answerTo(packetOf(2, message)), 'taken');
	assert.equal(await answerTo(packetOf(3, message)), 'taken', 'what was not acknowledged comes again');
	const other = { ...first, digest: new Uint8Array(32) };
	assert.equal(await answerTo(packetOf(4, await signOpenCheckpoint(other, name, signer))), 'reading-conflict');
	const wrong = checkpointOf(times, 2, openCheckpointHash(first));
	assert.equal(await answerTo(packetOf(5, await signOpenCheckpoint(wrong, name, signer))), 'checkpoint-mismatch');
	const unknown = checkpointOf([moment + 1]);
	assert.equal(await answerTo(packetOf(6, await signOpenCheckpoint(unknown, name, signer))), 'checkpoint-mismatch');
	assert.equal(await answerTo(packetOf(7, message, 'state')), 'stream-key-unknown');
	const stranger = await site.commissionDevice('hall', 'probe-2');
	const theirs = await signOpenCheckpoint(first, name, await streamKeyOf(stranger));
	assert.equal(await answerTo(packetOf(8, theirs)), 'stream-key-unknown');
	assert.equal(await answerTo(packetOf(9, message.subarray(0, -1))), 'seal-malformed');

	const { cert, key, ca } = desk.tls;
	const client = connectRemote({ url: site.url, certificate: cert, key, serviceCa: ca });
	t.after(() => client.close());
	const { readings } = await client.call('readings.read', { ...name, after: '0', limit: 100 });
	assert.deepEqual(
		readings.map((row) => ('sealed' in row ? Buffer.from(row.sealed, 'base64').equals(message) : row.time)),
		[...times, true],
	);
	const last = (moment += 1000);
	assert.equal(await answerTo(readingPacket('probe-1', 10, [{ time: last, value: 1 }])), 'taken');
	for (const time of [...times, last]) {
		const { payload } = await reader.next('publish');
		assert.equal(timeOf(payload), time);
	}
	// The retained message is the last reading also where what signs it came after.
	const late = checkpointOf([last], 1, openCheckpointHash(first));
	assert.equal(await answerTo(packetOf(11, await signOpenCheckpoint(late, name, signer))), 'taken');
	reader.send({ cmd: 'subscribe', messageId: 2, subscriptions });
	await reader.next('suback');
	const { payload, retain } = await reader.next('publish');
	assert.deepEqual([timeOf(payload), retain], [last, true]);
});
