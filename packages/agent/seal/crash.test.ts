import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { cpSync, mkdtempSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { temporaryFolder } from '@keyward/testing/folder';
import { readIdentity } from '@keyward/core/observe';
import type { Signer } from '@keyward/core/port';
import { parseRoster, readSealedItem, ReaderView, type Roster } from '@keyward/core/seal';
import { encapsulateKem, ephemeralKeyStore, makeEphemeralAgreementKey } from '@keyward/custody';
import { Outbox } from '../outbox/outbox.ts';
import { Sealer } from './sealer.ts';
import type { Told } from './last-stored.ts';

const base64 = (bytes: Uint8Array): string => Buffer.from(bytes).toString('base64');
const morning = Date.parse('2026-03-01T06:00:00Z');
const reader = makeEphemeralAgreementKey();

const rosterFor = (device: Signer, signed: unknown): Roster => {
	const expires = '2100-01-01T00:00:00Z';
	const streams = ['dose-rate'];
	const json = {
		...{ type: 'keyward-roster', version: 1, application: 'hall', number: 1, issued: '2026-01-01T00:00:00Z', expires },
		devices: { probe: { key: base64(device.publicKey) } },
		readers: { desk: { key: base64(reader.publicKey), streams, purpose: 'read', expires } },
		commanders: {},
		signers: { command: 1, dangerous: 2 },
		streams: {
			'dose-rate': { sealed: true, suite: 1, signed, every: null, epoch: '1h', unit: 'Sv/h', essential: false },
		},
	};
	return parseRoster(new TextEncoder().encode(JSON.stringify(json)));
};

/** What a service has of the stream: the first of each number, as it came. */
class Stored {
	readonly rows: Map<number, Uint8Array>;
	/** Numbers that came twice and not the same. */
	readonly forks: string[] = [];

	constructor(rows: Iterable<readonly [number, Uint8Array]> = []) {
		this.rows = new Map(rows);
	}

	take(outbox: Outbox, most = 1000): void {
		for (const { id, sealed } of outbox.next(most)) {
			assert.ok(sealed !== undefined, 'a reading of a sealed stream leaves open');
			const { identity } = readSealedItem(sealed);
			const first = this.rows.get(identity);
			if (first === undefined) this.rows.set(identity, sealed);
			else if (Buffer.compare(first, sealed) !== 0) this.forks.push(JSON.stringify(readIdentity(identity)));
			outbox.acknowledged([id]);
		}
	}

	/** As CONNACK tells it. */
	newest(): Told {
		const places = [...this.rows.keys()].map(readIdentity).flatMap((place) => ('epoch' in place ? [place] : []));
		const epoch = Math.max(...places.map((place) => place.epoch));
		const sequence = Math.max(...places.filter((place) => place.epoch === epoch).map((place) => place.sequence));
		const known = (number: number): ReadonlyMap<string, number> =>
			new Map(places.length === 0 ? [] : [['dose-rate', number]]);
		return { epochs: known(epoch), sequences: known(sequence) };
	}
}

const startSealer = async (outbox: Outbox, signer: Signer, roster: Roster, boot: string): Promise<Sealer> => {
	const sealer = new Sealer({
		...{ application: 'hall', device: 'probe', outbox, signer: async () => signer, now: Date.now, wake: () => {} },
		machine: { boot, tick: () => performance.now(), wall: Date.now },
		entropy: { bytes: (count) => Uint8Array.from(randomBytes(count)) },
		ephemeral: async () => makeEphemeralAgreementKey(),
		encapsulate: encapsulateKem,
		complain: ({ code }) => assert.equal(code, 'outbox-behind'),
	});
	await sealer.start({ state: 'current', roster });
	return sealer;
};

/** A device that seals, and what its folder and the service held after each step. */
const livedThrough = async (signed: unknown) => {
	const root = temporaryFolder('keyward-crash-');
	const signer = await ephemeralKeyStore().create('stream', 'P-256');
	const roster = rosterFor(signer, signed);
	const folder = join(root, 'device');
	cpSync(mkdtempSync(join(root, 'empty-')), folder, { recursive: true });
	const stored = new Stored();
	const moments: { readonly folder: string; readonly put: number; readonly rows: [number, Uint8Array][] }[] = [];
	const outbox = new Outbox(folder);
	let sealer: Sealer | undefined;
	let put = 0;
	const reading = async (): Promise<void> => {
		put++;
		outbox.put({ stream: 'dose-rate', time: morning + put, value: put, unit: 'Sv/h' });
	};
	const [start, hear, work, send, sendOne, stop] = [
		async () => {
			sealer = await startSealer(outbox, signer, roster, 'boot-1');
		},
		async () => sealer?.heard(stored.newest()),
		async () => sealer?.work(),
		async () => stored.take(outbox),
		async () => stored.take(outbox, 1),
		async () => sealer?.stop(),
	];
	const steps = [
		...[start, reading, hear, reading, reading, work, sendOne, send, reading, send, reading, stop, send],
		...[start, hear, reading, reading, work, send, reading, stop, send],
	];
	for (const step of steps) {
		await step();
		const at = join(root, `moment-${moments.length}`);
		cpSync(folder, at, { recursive: true });
		moments.push({ folder: at, put, rows: [...stored.rows] });
	}
	outbox.close();
	/** Goes on from a copy of that folder with a service that has those rows; gives what its readers then have. */
	const goOn = async (from: string, rows: readonly [number, Uint8Array][], boot: string) => {
		const at = mkdtempSync(join(root, 'again-'));
		cpSync(from, at, { recursive: true });
		const service = new Stored(rows);
		using again = new Outbox(at);
		const next = await startSealer(again, signer, roster, boot);
		again.put({ stream: 'dose-rate', time: morning + 101, value: 101, unit: 'Sv/h' });
		service.take(again);
		await next.heard(service.newest());
		again.put({ stream: 'dose-rate', time: morning + 102, value: 102, unit: 'Sv/h' });
		await next.work();
		service.take(again);
		await next.stop();
		service.take(again);
		const view = new ReaderView({ application: 'hall', device: 'probe', stream: 'dose-rate' });
		const values = new Set<unknown>();
		const findings: string[] = [];
		for (const [, row] of [...service.rows].toSorted(([a], [b]) => a - b)) {
			const seen = await view.take(row, { rosters: [roster], key: { agreement: reader }, now: Date.now() });
			if (seen.reading !== null) values.add(seen.reading.value);
			findings.push(...seen.findings.map(({ code }) => code));
		}
		return { values, findings, forks: service.forks, waiting: again.waiting };
	};
	return { moments, goOn };
};

for (const signed of [{ within: '60s' }, 'each'] as const) {
	const how = signed === 'each' ? 'each reading signed' : 'readings signed together';
	test(`killed after any step, with ${how}: no number is used twice, and nothing that was kept is lost`, async () => {
		const { moments, goOn } = await livedThrough(signed);
		for (const [step, { folder, put, rows }] of moments.entries()) {
			const { values, forks, findings, waiting } = await goOn(folder, rows, `boot-${step % 2}`);
			assert.deepEqual(forks, [], `after step ${step}`);
			const wanted = [...Array.from({ length: put }, (_, at) => at + 1), 101, 102];
			assert.deepEqual(values, new Set(wanted), `after step ${step}`);
			assert.deepEqual(findings, [], `after step ${step}`);
			assert.equal(waiting, 0);
		}
	});

	test(`a folder put back from any moment, with ${how}: it goes on after what the service has`, async () => {
		const { moments, goOn } = await livedThrough(signed);
		const { rows } = moments.at(-1) ?? { rows: [] };
		for (const [step, { folder }] of moments.entries()) {
			const { values, forks } = await goOn(folder, rows, 'boot-1');
			assert.deepEqual(forks, [], `after step ${step}`);
			assert.ok(values.has(101) && values.has(102), `after step ${step}`);
		}
	});
}
