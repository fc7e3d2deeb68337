import { createHash, randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { connectLocal } from '@keyward/client';
import { openFileKey } from '@keyward/custody';
import { days } from '@keyward/core';
import { softwareKey } from '@keyward/core/device';
import type { Fact, RequirementId } from '@keyward/core/policy';
import { serve } from '@keyward/service';
import { openSqliteStore } from '@keyward/store';
import { quantile } from './lib/compare.ts';
import { table, verdict, where, writeSection } from './lib/report.ts';

// What a posture costs that is kept: the first one after a start, one when nothing changed, one after a device was changed, and how long
// anybody else waits meanwhile for the thread that commits readings. The devices are written straight into the registry.

const aim = 200;
const application = 'bench';
const devices = Number(process.env['BENCH_DEVICES'] ?? 10_000);
const CALLS = 100;

const policy = `application: ${application}
level: { authenticity: 3, authorization: 2, integrity: 3, confidentiality: 3, adaptability: 1, resistance: 1 }
mode: enforce
streams:
  temperature: { unit: Cel, every: 10s, readers: [desk] }
devices:
  probe: { custody: [software], streams: [temperature] }
`;

/** As the service derives it from the ledger's key: rows that were written past the ledger would be searched for one by one. */
const registrySecret = async (folder: string): Promise<Uint8Array> => {
	const signer = await openFileKey(join(folder, 'ledger', 'keys'), 'ledger', {});
	const signature = await signer.sign(new TextEncoder().encode('\0keyward/registry/leaves'));
	return Uint8Array.from(createHash('sha256').update(signature).digest());
};

const plant = async (folder: string): Promise<void> => {
	const store = openSqliteStore(folder);
	store.log.registry.cover(await registrySecret(folder), false, () => {});
	const at = Date.now() - days(1);
	for (let index = 0; index < devices; index++) {
		const principal = { kind: 'device', application, id: `d${String(index).padStart(6, '0')}` } as const;
		const [hash, key] = [Uint8Array.from(randomBytes(32)), Uint8Array.from(randomBytes(32))];
		const serial = randomBytes(16).toString('hex');
		await store.expect(
			{ ...principal, class: 'probe', part: null, state: 'expected', at },
			{ hash, principal, expires: at + 1, spentFor: null },
		);
		const der = Uint8Array.from(randomBytes(600));
		await store.intend({ serial, principal, key, evidence: softwareKey, toBeSigned: der, at, by: { token: hash } });
		await store.issue({
			...{ fingerprint: Uint8Array.from(randomBytes(32)), serial, principal, key, evidence: softwareKey, der },
			...{ notBefore: at, notAfter: at + days(90), revoked: null },
		});
		const seen = (claim: RequirementId, value: Fact['value'], source: string): Fact => ({
			...{ subject: principal, claim, value, strength: 'observed', source, at },
		});
		await store.putFacts([
			seen('unique-key', true, 'registrar'),
			{ ...seen('key-custody', 'software', 'registrar'), strength: 'claimed' },
			{ ...seen('certificate-lifetime', days(90), 'registrar'), until: at + days(90) },
			seen('key-strength', '128-listed', 'registrar'),
			seen('link-encryption', index % 3 === 0 ? 'tls1.2-aead' : 'tls1.3', 'listener'),
			seen('link-integrity', true, 'listener'),
			seen('device-authentication', 'certificate', 'listener'),
		]);
	}
	await store.close();
};

const folder = mkdtempSync(join(tmpdir(), 'keyward-posture-'));
const data = join(folder, 'data');
const start = () => serve({ data, httpsPort: 0, mqttsPort: 0 }, (error) => console.error(error));
try {
	const first = await start();
	await first.call('policy.apply', { text: policy });
	await first.stop();
	await plant(data);
	const service = await start();
	const operator = connectLocal(data);
	const beside = connectLocal(data);
	let waits: number[] = [];
	let over = false;
	// Somebody else's call on the same thread: what it waits, a commit would.
	const others = (async () => {
		while (!over) {
			const asked = performance.now();
			await beside.call('grant.list', { application });
			waits.push(performance.now() - asked);
			await sleep(2);
		}
	})();
	await sleep(1000);
	const idle = waits;
	waits = [];
	const timed = async (call: () => Promise<unknown>): Promise<number> => {
		const asked = performance.now();
		await call();
		return performance.now() - asked;
	};
	const posture = () => operator.call('posture', { application });
	const cold = await timed(posture);
	const meanwhile = waits;
	const [still, changed]: [number[], number[]] = [[], []];
	for (let turn = 0; turn < CALLS; turn++) still.push(await timed(posture));
	waits = [];
	for (let turn = 0; turn < CALLS; turn++) {
		// Each is quarantined, and released in the next turn.
		const device = `d${String(((turn >> 1) * 97) % devices).padStart(6, '0')}`;
		await operator.call(turn % 2 === 0 ? 'device.quarantine' : 'device.release', { application, device });
		changed.push(await timed(posture));
	}
	const during = waits;
	over = true;
	await others;
	const answer = await posture();
	const length = JSON.stringify(answer).length;
	const memory = process.memoryUsage().rss;
	operator.close();
	beside.close();
	await service.stop();
	const figures = (values: readonly number[]): string =>
		[0.5, 0.99, 1].map((share) => quantile(values, share).toFixed(1)).join(' / ');
	writeSection(
		`Posture of ${devices.toLocaleString('en-GB')} devices`,
		`${where()}

The registry has ${devices.toLocaleString('en-GB')} devices of one class, each with seven stored facts and one certificate. Milliseconds of the call \`posture\` over the
local socket; the answer has ${length.toLocaleString('en-GB')} bytes, and the process ${Math.round(memory / 2 ** 20)} MiB. "Beside it" is what another call on the thread
that commits readings took meanwhile; before anybody asked for a posture it took ${figures(idle)}. The load of the machine was ${loadavg()
			.map((one) => one.toFixed(1))
			.join(', ')} (1, 5, 15 minutes) at the end.

${table(
	['', 'p50 / p99 / longest', 'beside it', 'aim'],
	[
		['the first after a start', cold.toFixed(0), figures(meanwhile), ''],
		['nothing changed', figures(still), '', `p99 under ${aim} ms: ${verdict(quantile(still, 0.99) < aim)}`],
		[
			'a device was quarantined or released',
			figures(changed),
			figures(during),
			`p99 under ${aim} ms: ${verdict(quantile(changed, 0.99) < aim)}`,
		],
	],
)}`,
	);
} finally {
	rmSync(folder, { recursive: true, force: true });
}
