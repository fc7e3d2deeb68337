import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { test } from 'node:test';
import { temporaryFolder } from '@keyward/testing/folder';
import { renewIfDue, type RunCounters, runDevice, type Source } from '@keyward/agent';
import { commission } from '@keyward/agent/commission';
import { encodePem } from '@keyward/core/format';
import { openSqliteStore } from '@keyward/store';
import { serve, type Service } from '../serve.ts';
import { hallPolicy, startSite, type TestIdentity, type TestSite } from '@keyward/testing/service/site';
import { backup } from './backup.ts';
import type { Manifest } from './manifest.ts';
import { restore, type RestoreOptions } from './restore.ts';

const clock = { now: () => Date.now() };
const start = Date.now() - 3_600_000;

/** So many readings from number `first` on, a second apart, `pause` milliseconds between two. */
const readings = (first: number, count: number, pause = 0): Source => ({
	live: false,
	read: async function* (signal) {
		for (let i = first; i < first + count && !signal.aborted; i++) {
			if (pause > 0) await new Promise((resolve) => setTimeout(resolve, pause));
			yield { stream: 'dose-rate', time: start + 1000 * i, value: i / 1e6, unit: 'Sv/h' };
		}
	},
});
const run = ({ certificateFile }: TestIdentity, source: Source): Promise<RunCounters> =>
	runDevice({
		folder: dirname(certificateFile),
		source,
		clock,
		signal: AbortSignal.timeout(120_000),
		report: () => {},
		untilDrained: true,
	});

const homeFor = (): string => {
	const home = temporaryFolder('keyward-backup-');
	return home;
};
const back = (site: TestSite, to: string, withSeal = false): Promise<Manifest> =>
	backup({ data: site.folder, to, sealFile: null, withSeal, clock });
const restored = (from: string, data: string, more: Partial<RestoreOptions> = {}) =>
	restore({ from, data, sealFile: null, seals: null, revocations: [], certificates: [], clock, ...more });
const rejects = (promise: Promise<unknown>, code: string, words = /./): Promise<void> =>
	assert.rejects(
		promise,
		(error) => error instanceof Error && 'code' in error && error.code === code && words.test(error.message),
	);

test('a backup of a running site, restored to another folder, serves the same fleet', async (t) => {
	const home = homeFor();
	const site = await startSite(t);
	const probe = await site.commissionDevice('hall', 'probe-1');
	const stolen = await site.commissionDevice('hall', 'probe-2');
	const waiting = await site.ask('device.expect', { application: 'hall', device: 'probe-3' });
	const early = await site.ask('device.expect', { application: 'hall', device: 'probe-4' });
	await run(probe, readings(0, 20));

	// While it takes readings.
	const from = join(home, 'backup');
	const [counters, manifest] = await Promise.all([
		run(probe, readings(20, 200, 2)),
		new Promise((resolve) => setTimeout(resolve, 150)).then(() => back(site, from)),
	]);
	assert.equal(counters.accepted, 200);

	// What the backup does not know: a spent string, a revocation, a renewal, readings, checkpoints.
	await commission({
		commissioning: early.commissioning,
		folder: join(home, 'probe-4'),
		kind: 'device',
		clock,
		allowPlainKey: true,
	});
	await site.ask('principal.revoke', {
		kind: 'device',
		application: 'hall',
		id: 'probe-2',
		reason: 'stolen',
		cause: 'keyCompromise',
	});
	await run(probe, readings(220, 30));
	await site.ask('ledger.verify', {});
	const later = readFileSync(join(site.folder, 'ledger', 'hall.checkpoint'), 'utf8');
	const { httpsPort, mqttsPort } = site;
	await site.stop();

	const data = join(home, 'restored');
	const report = await restored(from, data, { seals: site.folder });
	assert.deepEqual([report.tokensVoided, report.adopted, report.revoked, report.readingsOpen], [2, 0, 0, true]);
	assert.equal(report.backup, manifest.at);
	const [hall] = report.ledgers;
	assert(hall !== undefined && hall.readings >= 20 && hall.readings <= 220, `${hall?.readings} readings`);

	const problems: unknown[] = [];
	const service = await serve({ data, httpsPort, mqttsPort, linkWorkers: 1, oldestReading: null }, (error) =>
		problems.push(error),
	);
	t.after(() => service.stop());
	// The same agent, with the certificate of before, on the same ports.
	assert.equal((await run(probe, readings(300, 25))).accepted, 25);
	const [ledger] = await service.call('ledger.verify', {});
	assert.deepEqual([ledger?.ok, ledger?.readings], [true, hall.readings + 25]);
	// A string that was spent after the backup admits nobody, nor one that might have been.
	for (const [name, { commissioning }] of Object.entries({ waiting, early })) {
		const again = commission({ commissioning, folder: join(home, name), kind: 'device', clock, allowPlainKey: true });
		await rejects(again, 'token-unknown');
	}
	// What it signs goes by another name, or it would contradict what was signed before.
	const now = readFileSync(join(data, 'ledger', 'hall.checkpoint'), 'utf8');
	assert.match(later, /^keyward\/hall\/site-[0-9a-f]{16}\n/);
	assert.match(now, /^keyward\/hall\/restored-\d{8}T\d{6}Z\n/);
	// Honest about what it cannot know: the stolen device is good again.
	assert.equal((await run(stolen, readings(0, 1))).accepted, 1);
	assert.deepEqual(problems, []);
	await service.stop();
});

test('later revocation lists and certificates tell a restored site what it does not know', async (t) => {
	const home = homeFor();
	const site = await startSite(t, { httpPort: 0 });
	const gone = await site.commissionDevice('hall', 'probe-1');
	const renewed = await site.commissionDevice('hall', 'probe-2');
	const from = join(home, 'backup');
	await back(site, from, true);
	await site.ask('principal.revoke', {
		kind: 'device',
		application: 'hall',
		id: 'probe-1',
		reason: 'stolen',
		cause: 'keyCompromise',
	});
	const { identity, certificateFile } = renewed;
	// A shorter life makes a new certificate due at once.
	await site.apply(`${hallPolicy}tighten:\n  certificate-lifetime: 30d\n`);
	assert.equal(await renewIfDue(identity, identity.leaf.notAfter - 1000), true);
	const list = readFileSync(await listOf(site));
	await site.stop();

	const file = join(home, 'list.pem');
	writeFileSync(file, encodePem('X509 CRL', Uint8Array.from(list)));
	const wrong = restored(from, join(home, 'x'), { revocations: [join(from, 'authority', 'issuing.hall.pem')] });
	await rejects(wrong, 'certificate-malformed');
	assert.equal(existsSync(join(home, 'x')), false);
	const data = join(home, 'restored');
	const report = await restored(from, data, { revocations: [file], certificates: [certificateFile] });
	assert.deepEqual([report.revoked, report.revokedUnknown, report.adopted], [1, 0, 1]);
	const { httpsPort, mqttsPort } = site;
	const service: Service = await serve({ data, httpsPort, mqttsPort, linkWorkers: 1, oldestReading: null }, (error) =>
		assert.fail(String(error)),
	);
	t.after(() => service.stop());
	assert.equal((await run(renewed, readings(0, 5))).accepted, 5);
	const shown = await service.call('device.show', { application: 'hall', device: 'probe-1' });
	assert.deepEqual(
		shown.certificates.map(({ revoked }) => revoked?.cause),
		['keyCompromise'],
	);
	await rejects(run(gone, readings(0, 1)), 'certificate-revoked');
	await service.stop();
});

/** Requirements that the service holds below what is asked. */
const lacking = async (site: TestSite): Promise<string[]> => {
	const [posture] = await site.ask('posture', { application: 'hall' });
	return (posture?.objectives ?? []).flatMap(({ weakest }) => weakest.map(({ requirement }) => requirement));
};

/** The issuing CA's revocation list as the site publishes it, once it has an entry. */
const listOf = async (site: TestSite): Promise<string> => {
	for (let i = 0; i < 400; i++) {
		for (const entry of readdirSync(site.folder, { recursive: true, withFileTypes: true })) {
			const path = join(entry.parentPath, entry.name);
			if (!entry.name.endsWith('.crl')) continue;
			const text = spawnSync('openssl', ['crl', '-inform', 'DER', '-in', path, '-noout', '-text'], {
				encoding: 'utf8',
			}).stdout;
			if (/Serial Number:/.test(text)) return path;
		}
		await new Promise((resolve) => setTimeout(resolve, 25));
	}
	return assert.fail('no list came');
};

test('backups of one site: who can read them, and what somebody changed', async (t) => {
	const site = await startSite(t);
	const probe = await site.commissionDevice('hall', 'probe-1');
	await run(probe, readings(0, 50));
	const from = join(homeFor(), 'backup');
	await back(site, from, true);

	await t.test('nobody else can read a backup, and the seal is in it only when that is said', async () => {
		const home = homeFor();
		const plain = await back(site, join(home, 'plain'));
		const whole = await back(site, join(home, 'whole'), true);
		for (const folder of ['plain', 'whole']) {
			for (const entry of readdirSync(join(home, folder), { recursive: true, withFileTypes: true })) {
				const { mode } = statSync(join(entry.parentPath, entry.name));
				assert.equal(mode & 0o077, 0, entry.name);
				if (entry.isFile()) assert.equal(basename(entry.name) === 'seal.key' && folder === 'plain', false);
			}
		}
		assert.deepEqual(plain.seals, ['authority/seal.key', 'encryption/seal.key', 'ledger/seal.key', 'owner/seal.key']);
		assert.deepEqual([plain.sealsIncluded, whole.sealsIncluded], [false, true]);
		assert.deepEqual(readdirSync(home).toSorted(), ['plain', 'whole'], 'nothing half is left');
		await rejects(back(site, join(home, 'whole')), 'site-configuration', /there already/);
		await rejects(back(site, join(site.folder, 'inside')), 'site-configuration');
		await site.apply(hallPolicy.replace('adaptability: 0', 'adaptability: 2'));
		assert.equal((await lacking(site)).includes('restorable'), true);
		const rehearsed = await site.ask('backup.rehearse', { from: join(home, 'plain') });
		assert.equal(rehearsed.backup, plain.at);
		assert.equal((await lacking(site)).includes('restorable'), false, 'what was proven counts');
		await rejects(site.ask('backup.rehearse', { from: home }), 'backup-broken');
		assert(!readdirSync(site.folder).some((name) => name.startsWith('rehearsal')));
		await site.stop();
		const facts = openSqliteStore(site.folder);
		const [fact] = (await facts.facts('')).filter(({ claim }) => claim === 'restorable');
		assert.deepEqual([fact?.at, fact?.strength], [plain.at, 'observed']);
		await facts.close();
		await restored(join(home, 'whole'), join(home, 'data'));
		await rejects(restored(join(home, 'whole'), join(home, 'data')), 'site-configuration', /not empty/);
		await rejects(restored(join(home, 'plain'), join(home, 'other')), 'key-file', /--seals/);
	});

	await t.test('a backup that somebody changed is not restored', async () => {
		const home = dirname(from);
		const sql = (folder: string, text: string): void => {
			const db = new DatabaseSync(join(folder, 'keyward.sqlite'));
			db.exec(text);
			db.close();
		};
		const edits: Record<string, readonly [(folder: string) => void, string]> = {
			'a device changed': [(folder) => sql(folder, "UPDATE principal SET id = 'probe-9'"), 'backup-broken'],
			'a file cut short': [
				(folder) => writeFileSync(join(folder, 'authority', 'issuing.hall.pem'), ''),
				'backup-broken',
			],
			'a file taken out': [(folder) => rmSync(join(folder, 'authority', 'issuing.hall.pem')), 'backup-broken'],
			'a file put in': [(folder) => writeFileSync(join(folder, 'authority', 'more.pem'), ''), 'backup-broken'],
			'the manifest taken out': [(folder) => rmSync(join(folder, 'manifest')), 'backup-broken'],
			'the manifest changed': [
				(folder) => {
					const note = readFileSync(join(folder, 'manifest'), 'utf8');
					writeFileSync(join(folder, 'manifest'), note.replace(/"at": (\d)/, '"at": 9'));
				},
				'backup-broken',
			],
			'another seal': [
				(folder) => writeFileSync(join(folder, 'ledger', 'seal.key'), `${'A'.repeat(43)}\n`),
				'key-file',
			],
		};
		for (const [what, [edit, code]] of Object.entries(edits)) {
			const folder = join(home, 'changed');
			cpSync(from, folder, { recursive: true });
			edit(folder);
			await assert.rejects(
				restored(folder, join(home, 'data')),
				(error) => error instanceof Error && 'code' in error && error.code === code,
				what,
			);
			assert.equal(existsSync(join(home, 'data')), false, what);
			rmSync(folder, { recursive: true });
		}
		assert.deepEqual(readdirSync(home), ['backup'], 'nothing half is left');
		await restored(from, join(home, 'data'));

		// Changed before it was backed up: the hashes agree, the ledger does not.
		sql(site.folder, 'UPDATE reading SET identity = identity + 1 WHERE position = 7');
		await back(site, join(home, 'later'), true);
		await rejects(restored(join(home, 'later'), join(home, 'more')), 'backup-broken', /ledger of hall does not hold/);
	});
});
