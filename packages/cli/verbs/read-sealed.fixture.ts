import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import type { Identity } from '@keyward/agent';
import { commission } from '@keyward/agent/commission';
import { connectLocal } from '@keyward/client';
import { encodeSenmlCbor } from '@keyward/core/observe';
import {
	digestOf,
	type EpochContent,
	type EpochKeys,
	parseRoster,
	readersOf,
	readSealedItem,
	readSealedReading,
	type Roster,
	sealEpoch,
	signSealCheckpoint,
} from '@keyward/core/seal';
import { makeEphemeralAgreementKey } from '@keyward/custody';
import { until } from '@keyward/testing/agent/until';
import { ownSite } from '@keyward/testing/owner/owner';
import { openSession } from '@keyward/testing/service/wire';
import { start } from '../keyward.fixture.ts';

const policy = `application: hall
level: { authenticity: 2, authorization: 2, integrity: 1, confidentiality: 2, adaptability: 0, resistance: 0 }
mode: enforce
streams:
  word: { unit: /, every: 10s, readers: [desk] }
  open-word: { unit: /, every: 10s, readers: [desk] }
devices:
  probe: { custody: [software], streams: [word, open-word] }
`;

export const name = { application: 'hall', device: 'p-1', stream: 'word' } as const;
export const name2 = { ...name, stream: 'open-word' } as const;

/** A site in a separate process with an owner, a device that seals `word`, and a reader that the roster names. */
export const setUp = async (t: TestContext) => {
	const folder = mkdtempSync(join(tmpdir(), 'kw-'));
	const data = join(folder, 'site');
	const site = start(['serve', '--https-port', '0', '--mqtts-port', '0', '--json'], data);
	const ended = once(site, 'exit');
	const client = connectLocal(data);
	t.after(async () => {
		client.close();
		site.kill('SIGKILL');
		await ended;
		rmSync(folder, { recursive: true, force: true });
	});
	let said = '';
	for (const output of [site.stdout, site.stderr])
		output?.setEncoding('utf8').on('data', (text: string) => (said += text));
	await until('the site serves', () => said.includes('}\n'));
	const { call: ask } = client;
	await ask('policy.apply', { text: policy });
	const owner = await ownSite({ ask });
	const join_ = async (kind: 'device' | 'reader', id: string): Promise<Identity> => {
		const { commissioning } =
			kind === 'device'
				? await ask('device.expect', { application: 'hall', device: id })
				: await ask('reader.expect', { application: 'hall', reader: id });
		const clock = { now: () => Date.now() };
		return commission({ commissioning, folder: join(folder, id), kind, clock, allowPlainKey: true });
	};
	const device = await join_('device', 'p-1');
	const desk = await join_('reader', 'desk');
	for (const stream of ['word', 'open-word'])
		await ask('grant.add', { application: 'hall', reader: 'desk', device: 'p-1', stream, purpose: 'test' });
	const terms = { suite: 1, signed: { within: '60s' }, every: '10s', epoch: '1h', unit: '/', essential: false };
	const published = await owner.publish({
		devices: { 'p-1': { key: device.streamKey?.publicKey } },
		readers: {
			desk: {
				...{ key: desk.agreementKey?.publicKey, streams: ['word'], purpose: 'read' },
				expires: new Date(Date.now() + 3_600_000).toISOString(),
			},
		},
		streams: { word: { sealed: true, ...terms }, 'open-word': { sealed: false, ...terms } },
	});
	const text = Object.entries(published.files).find(
		([path]) => path.includes('hall.json') && path.startsWith('targets/'),
	);
	assert(text !== undefined, Object.keys(published.files).join());
	const roster: Roster = parseRoster(Buffer.from(text[1]));
	const signer = await device.keyStore.open(device.streamKey?.name ?? '');
	const tls = { cert: device.certificate, key: await device.privateKey(), ca: device.serviceCa };
	const wire = await openSession(t, { mqttsPort: Number(new URL(device.mqttUrl).port) }, { tls }, 5, {
		clientId: 'p-1',
	});
	let message = 0;
	const send = async (payload: Uint8Array, of: { stream: string } = name): Promise<number | undefined> => {
		const topic = `hall/p-1/${of.stream}`;
		wire.send({
			...{ cmd: 'publish', topic, payload: Buffer.from(payload), qos: 1, dup: false, retain: false },
			messageId: ++message,
		});
		return (await wire.next('puback')).reasonCode;
	};
	const content: EpochContent = {
		...{ ...name, number: 1, boot: new Uint8Array(8).fill(7), rosterHash: roster.hash, previous: null, suite: 1 },
	};
	return {
		...{ folder, data, site, desk, signer, roster, content, send, said: () => said },
		epoch: (change: Partial<EpochContent> = {}) =>
			sealEpoch({ ...content, ...change }, readersOf(roster, 'word', Date.now()), {
				signer,
				entropy: { bytes: (count) => Uint8Array.from(randomBytes(count)) },
				ephemeral: async () => makeEphemeralAgreementKey(),
			}),
		checkpoint: (keys: EpochKeys, readings: readonly Uint8Array[], first: number, previous: Uint8Array | null = null) =>
			signSealCheckpoint(
				{
					...{ epoch: keys.epoch, epochHash: keys.epochHash, first, sequence: first + readings.length, previous },
					digest: digestOf(readings.map((one) => readSealedReading(one).hash)),
					...{ boot: content.boot, uptime: 60, time: Date.now() },
				},
				signer,
			),
	};
};

export const hashOf = (checkpoint: Uint8Array): Uint8Array => {
	const item = readSealedItem(checkpoint);
	assert(item.kind === 'checkpoint');
	return item.received.hash;
};

export const textOf = (value: string | number, at: number, stream = 'word'): Uint8Array =>
	encodeSenmlCbor([{ name: `p-1/${stream}`, unit: '/', time: at, value }]);
