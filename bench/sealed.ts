import { createCipheriv, createDecipheriv, hash, randomBytes, verify } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { connectLocal } from '@keyward/client';
import { days } from '@keyward/core';
import { encodeSenmlCbor } from '@keyward/core/observe';
import { requirementIds } from '@keyward/core/policy';
import {
	admitSealed,
	openReading,
	parseRoster,
	readersOf,
	readSealedReading,
	recallStream,
	type Roster,
	sealEpoch,
	sealReading,
	signReading,
} from '@keyward/core/seal';
import { makeEphemeralAgreementKey, makeEphemeralKey } from '@keyward/custody';
import { ownSite, rosterText } from '@keyward/testing/owner/owner';
import { median } from './lib/compare.ts';
import { keyward } from './lib/keyward-target.ts';
import { closeAll, openAll } from './lib/link.ts';
import { packetType } from './lib/packet.ts';
import { cpuSeconds } from './lib/process-stat.ts';
import { table, verdict, where, writeSection } from './lib/report.ts';

// What sealing costs: one core's seals, opens and admissions, with the share of the bare algorithm; and sealed ingest beside open ingest
// in turns, by one load generator with messages made before.

const DEVICES = 100;
const IN_FLIGHT = 10;
const EACH = 400;
const ROUNDS = 5;
const AIM = 0.8;

const names = Array.from({ length: DEVICES }, (_, at) => `d${String(at).padStart(5, '0')}`);
const signers = names.map(() => makeEphemeralKey());
const reader = makeEphemeralAgreementKey();
const base64 = (bytes: Uint8Array): string => Buffer.from(bytes).toString('base64');
const members = (signed: unknown): object => ({
	application: 'bench',
	devices: Object.fromEntries(
		names.map((name, at) => [name, { key: base64(signers[at]?.publicKey ?? new Uint8Array()) }]),
	),
	readers: {
		desk: { key: base64(reader.publicKey), streams: ['sealed'], purpose: 'read', expires: '2100-01-01T00:00:00Z' },
	},
	streams: { sealed: { sealed: true, suite: 1, signed, every: null, epoch: '1h', unit: 'Cel', essential: false } },
});
const rosterOf = (text: string): Roster => parseRoster(new TextEncoder().encode(text));

const beginEpoch = async (roster: Roster, at: number, number: number) => {
	const signer = signers[at];
	if (signer === undefined) throw new Error('no signer');
	const content = {
		...{ application: 'bench', device: names[at] ?? '', stream: 'sealed', number, rosterHash: roster.hash },
		...{ boot: new Uint8Array(8), suite: 1 as const, previous: null },
	};
	return sealEpoch(content, readersOf(roster, 'sealed', Date.now()), {
		signer,
		entropy: { bytes: (count) => Uint8Array.from(randomBytes(count)) },
		ephemeral: async () => makeEphemeralAgreementKey(),
	});
};

const textOf = (device: string, stream: string, time: number): Uint8Array =>
	encodeSenmlCbor([{ name: `${device}/${stream}`, unit: 'Cel', time, value: 21.5 }]);

/** Operations in a second of this thread, the median of five runs. */
const rate = (times: number, work: (at: number) => void): number =>
	median(
		Array.from({ length: 5 }, () => {
			const began = process.cpuUsage();
			for (let at = 0; at < times; at++) work(at);
			const { user, system } = process.cpuUsage(began);
			return (times * 1e6) / (user + system);
		}),
	);

const oneCore = async (): Promise<string> => {
	const roster = rosterOf(rosterText(1, Date.now(), days(1), members({ within: '60s' })));
	const each = rosterOf(rosterText(1, Date.now(), days(1), members('each')));
	const { message, keys } = await beginEpoch(roster, 0, 1);
	const text = textOf('d00000', 'sealed', Date.now());
	const rows = Array.from({ length: 2000 }, (_, at) => sealReading(keys, at + 1, text));
	const [key, iv, aad] = [randomBytes(32), randomBytes(12), randomBytes(50)];
	const encrypt = (): Buffer[] => {
		const cipher = createCipheriv('aes-256-gcm', key, iv).setAAD(aad);
		return [cipher.update(text), cipher.final(), cipher.getAuthTag()];
	};
	const [body = Buffer.alloc(0), , tag = Buffer.alloc(0)] = encrypt();
	const decrypt = (): void => {
		const cipher = createDecipheriv('aes-256-gcm', key, iv).setAAD(aad).setAuthTag(tag);
		cipher.update(body);
		cipher.final();
	};
	const parameters = Object.fromEntries(requirementIds.map((id) => [id, null])) as Parameters<
		typeof admitSealed
	>[2]['parameters'];
	const name = { application: 'bench', device: 'd00000', stream: 'sealed' };
	const terms = { name, rosters: [roster], parameters };
	const seen = recallStream([message], terms);
	const signedEpoch = await beginEpoch(each, 0, 1);
	const signer = signers[0] ?? makeEphemeralKey();
	const signed = await Promise.all(
		Array.from({ length: 500 }, (_, at) =>
			signReading(sealReading(signedEpoch.keys, at + 1, text), signedEpoch.hash, signer),
		),
	);
	const eachTerms = { name, rosters: [each], parameters };
	const seenEach = recallStream([signedEpoch.message], eachTerms);
	const signature = Buffer.from(await signer.sign(text));
	const publicKey = { key: Buffer.from(signer.publicKey), format: 'der', type: 'spki' } as const;
	const none = new Uint8Array();
	const pairs: readonly (readonly [string, number, (at: number) => void, string, () => void])[] = [
		['seal a reading', 20_000, (at) => void sealReading(keys, at + 1, text), 'AES-256-GCM', () => void encrypt()],
		[
			'open a reading',
			20_000,
			(at) => void openReading(keys, readSealedReading(rows[at % rows.length] ?? none)),
			'AES-256-GCM',
			decrypt,
		],
		[
			'admit a sealed reading',
			20_000,
			(at) => void admitSealed(rows[at % rows.length] ?? none, seen, terms, Date.now()),
			'SHA-256',
			() => void hash('sha256', text, 'buffer'),
		],
		[
			'admit a reading signed by itself',
			2000,
			(at) => void admitSealed(signed[at % signed.length] ?? none, seenEach, eachTerms, Date.now()),
			'ECDSA P-256 and SHA-256',
			() => void verify('sha256', text, publicKey, signature),
		],
	];
	const lines = pairs.map(([what, times, work, of, bare]) => {
		const [whole, alone] = [rate(times, work), rate(times, bare)];
		return [what, Math.round(whole).toLocaleString('en-GB'), `${Math.round((whole / alone) * 100)} % ${of}`];
	});
	return table(['on one core', 'per CPU-second', 'share of the bare algorithm'], lines);
};

/** PUBLISH at QoS 1 [3.3] with no properties. */
const publish = (topic: string, id: number, payload: Uint8Array): Buffer => {
	const name = Buffer.from(topic);
	const length = 2 + name.length + 2 + 1 + payload.length;
	const size: number[] = [];
	for (let rest = length; ; rest >>= 7) {
		size.push((rest & 0x7f) | (rest > 0x7f ? 0x80 : 0));
		if (rest <= 0x7f) break;
	}
	const ends = Buffer.from([name.length >> 8, name.length & 0xff]);
	return Buffer.concat([Buffer.from([0x32, ...size]), ends, name, Buffer.from([id >> 8, id & 0xff, 0]), payload]);
};

const folder = mkdtempSync(join(tmpdir(), 'keyward-bench-'));
const server = await keyward.start(folder, DEVICES);
const local = connectLocal(join(folder, 'data'));
try {
	const policy = (await local.call('policy.list', {}))[0]?.text ?? '';
	await local.call('policy.apply', {
		text: policy
			.replace('devices:', '  sealed: { unit: Cel, every: 1ms, readers: [desk] }\ndevices:')
			.replace('[temperature]', '[temperature, sealed]'),
	});
	const owner = await ownSite({ ask: (name, input) => local.call(name, input) });
	const { rosters } = await owner.publish(members({ within: '60s' }));
	const roster = rosterOf(rosters.get('bench')?.text ?? '');

	/** Messages of each device, one reading each; of a sealed stream the epoch is the first. */
	const messages = async (stream: string, round: number): Promise<Buffer[][]> =>
		Promise.all(
			names.map(async (device, at) => {
				const topic = `bench/${device}/${stream}`;
				const begun = Date.now() - 3_600_000 + round * 100_000;
				const epoch = stream === 'sealed' ? await beginEpoch(roster, at, round + 1) : null;
				const payloads = Array.from({ length: EACH }, (_, index) => {
					const text = textOf(device, stream, begun + index);
					return epoch === null ? text : sealReading(epoch.keys, index + 1, text);
				});
				return [...(epoch === null ? [] : [epoch.message]), ...payloads].map((payload, index) =>
					publish(topic, (index % 0xffff) + 1, payload),
				);
			}),
		);

	const run = async (stream: string, round: number): Promise<{ perCpu: number; perSecond: number }> => {
		const all = await messages(stream, round);
		const links = await openAll({ port: server.port, ca: server.ca }, server.identities);
		const failed = Promise.withResolvers<never>();
		const [began, cpu] = [performance.now(), cpuSeconds(server.pid)];
		const done = links.map(
			(link, at) =>
				new Promise<void>((resolve) => {
					const queue = all[at] ?? [];
					let [next, acknowledged] = [0, 0];
					const send = (count: number): void => {
						if (next < queue.length) link.socket.write(Buffer.concat(queue.slice(next, next + count)));
						next += count;
					};
					link.lost = (error) => failed.reject(error);
					let [due, scheduled] = [0, false];
					link.on = (type, reason) => {
						if (type !== packetType.puback) return;
						if (reason >= 0x80) return failed.reject(new Error(`PUBACK 0x${reason.toString(16)} of ${stream}`));
						if (++acknowledged === queue.length) return resolve();
						due++;
						if (scheduled) return;
						scheduled = true;
						process.nextTick(() => {
							scheduled = false;
							send(due);
							due = 0;
						});
					};
					send(IN_FLIGHT);
				}),
		);
		await Promise.race([Promise.all(done), failed.promise]);
		const count = all.reduce((sum, one) => sum + one.length, 0);
		const result = {
			perCpu: count / (cpuSeconds(server.pid) - cpu),
			perSecond: (count * 1000) / (performance.now() - began),
		};
		closeAll(links);
		await sleep(1000);
		console.error(`${stream} ${round}: ${Math.round(result.perCpu)}/cpu-s ${Math.round(result.perSecond)}/s`);
		return result;
	};

	const results: Record<string, { perCpu: number; perSecond: number }[]> = { temperature: [], sealed: [] };
	for (let round = 0; round <= ROUNDS; round++) {
		for (const stream of ['temperature', 'sealed']) {
			const result = await run(stream, round);
			// The first warms up.
			if (round > 0) results[stream]?.push(result);
		}
	}
	const core = await oneCore();
	const of = (stream: string, figure: 'perCpu' | 'perSecond'): number =>
		median((results[stream] ?? []).map((one) => one[figure]));
	const ratio = of('sealed', 'perCpu') / of('temperature', 'perCpu');
	const lines = (
		[
			['open', 'temperature'],
			['sealed', 'sealed'],
		] as const
	).map(([what, stream]) => [
		what,
		...(['perCpu', 'perSecond'] as const).map((figure) => Math.round(of(stream, figure)).toLocaleString('en-GB')),
		stream === 'sealed' ? `${ratio.toFixed(2)} ×; aim ≥ ${AIM} ×: ${verdict(ratio >= AIM)}` : '',
	]);
	writeSection(
		'Sealed streams',
		`${where()}

Other work ran on this machine during the run: the ratios, taken in turns, count, and not the figures. Messages of one reading, made before; ${DEVICES} connections × ${IN_FLIGHT} in flight, ${DEVICES * EACH} readings a round, the median of ${ROUNDS} rounds.

${table(['ingest', 'acknowledged per server-CPU-second', 'acknowledged per second', 'against open'], lines)}

${core}`,
	);
} finally {
	local.close();
	await server.stop();
	rmSync(folder, { recursive: true, force: true });
}
