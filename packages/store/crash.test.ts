import assert from 'node:assert/strict';
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, statfsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { record } from '@keyward/testing/store/commits';
import { openTruncator } from '@keyward/testing/store/truncation';
import { openSqliteStore } from './sqlite/open.ts';
import { verifyLedger } from './verify.ts';
import { needs } from '@keyward/testing/debian';
import { mountSmallDisk } from '@keyward/testing/small-disk';

/** `npm run soak` kills more often, and fills its disks with short records. */
const SWEEP = process.env['KEYWARD_SWEEP'] === 'all';

const child = fileURLToPath(new URL('crash-child.ts', import.meta.url));
const registryChild = fileURLToPath(new URL('crash-registry.fixture.ts', import.meta.url));

interface Output {
	/** What came after the last newline was not fully said. */
	lines(): readonly string[];
	/** Resolves with the output in which it is so; rejects when the child ends before. */
	until(condition: () => boolean): Promise<void>;
}

const output = (child: ChildProcess): Output => {
	const whole: string[] = [];
	let rest = '';
	child.stdout?.setEncoding('utf8').on('data', (chunk: string) => {
		const parts = (rest + chunk).split('\n');
		rest = parts.pop() ?? '';
		whole.push(...parts);
	});
	const lines = (): readonly string[] => whole;
	return {
		lines,
		until: (condition) =>
			new Promise((resolve, reject) => {
				const look = (): void => {
					if (condition()) resolve();
				};
				look();
				child.stdout?.on('data', look);
				child.once('close', (code) => reject(new Error(`ended with ${code}, having said ${lines().length} lines`)));
			}),
	};
};

const inFolder = async (work: (folder: string) => Promise<void>): Promise<void> => {
	const folder = mkdtempSync(join(tmpdir(), 'keyward-crash-'));
	try {
		await work(folder);
	} finally {
		rmSync(folder, { recursive: true });
	}
};

/** Bytes of each record where a disk is to be full: as many as of what is sealed. Of short ones it takes ten times as many. */
const LONG = SWEEP ? 0 : 400;

/** Everything acknowledged is there, streams have no gap, and the ledger covers exactly the rows. */
const check = async (folder: string, acknowledged: readonly string[], bytes = 0): Promise<void> => {
	const store = openSqliteStore(folder);
	const { before } = await store.forgotten();
	const key = before === null ? null : openTruncator(join(folder, 'test-ledger.key')).key;
	const kept = new Set<string>();
	for (const { id, first, last, newest } of await store.streams()) {
		const rows = await store.read(id, 0, 1_000_000);
		assert.deepEqual(
			rows.map((row) => row.cursor),
			Array.from({ length: last - first + 1 }, (_, i) => first + i),
		);
		if (before === null) assert.equal(newest, rows.length ? Math.max(...rows.map((row) => row.time)) : null);
		for (const row of rows) {
			assert.deepEqual(row.payload, record(id, row.time, bytes));
			kept.add(`${id}:${row.cursor}:${row.time}`);
		}
	}
	for (const row of acknowledged) {
		const time = Number(row.split(':')[2]);
		assert(kept.has(row) || (before !== null && time < before), `${row} was acknowledged and is gone`);
	}
	let covered = 0;
	for (const application of ['hall', 'weather']) {
		const findings = await verifyLedger(store, application, { key: key?.(application) ?? null });
		assert.deepEqual(findings.breaks, []);
		assert.equal(findings.forgotten > 0, before !== null);
		covered += findings.readings;
	}
	assert.equal(covered, kept.size);
	await store.close();
};

test('kill -9 at random moments loses nothing acknowledged', () =>
	inFolder(async (folder) => {
		const acknowledged: string[] = [];
		for (let round = 0; round < (SWEEP ? 20 : 3); round++) {
			const running = spawn(process.execPath, [child, folder], { stdio: ['ignore', 'pipe', 'inherit'] });
			const { lines, until } = output(running);
			const closed = once(running, 'close');
			await until(() => lines().length > 3);
			await new Promise((done) => setTimeout(done, Math.random() * 250));
			running.kill('SIGKILL');
			await closed;
			acknowledged.push(...lines().flatMap((line) => line.split(' ')));
			await check(folder, acknowledged);
		}
		assert(acknowledged.length > 1000);
	}));

test('kill -9 while it forgets loses nothing that is not old, and every ledger says what is gone', () =>
	inFolder(async (folder) => {
		const acknowledged: string[] = [];
		for (let round = 0; round < (SWEEP ? 10 : 2); round++) {
			const running = spawn(process.execPath, [child, folder, '0', '6000'], { stdio: ['ignore', 'pipe', 'inherit'] });
			const { lines, until } = output(running);
			const closed = once(running, 'close');
			await until(() => lines().length > 8);
			await new Promise((done) => setTimeout(done, Math.random() * 250));
			running.kill('SIGKILL');
			await closed;
			acknowledged.push(...lines().flatMap((line) => line.split(' ')));
			await check(folder, acknowledged);
		}
		assert(acknowledged.length > 1000);
		const store = openSqliteStore(folder);
		assert.notEqual((await store.forgotten()).before, null, 'it did forget');
		await store.close();
	}));

test('a full disk refuses, loses nothing, and recovers when there is room', async (t) => {
	const disk = mountSmallDisk(t, 4);
	if (disk === null) return;
	const data = join(disk.folder, 'data');
	const acknowledged: string[] = [];
	try {
		// Full, room, goes on by itself, full again, killed there, room, opened again: twice over.
		for (const [round, size] of [6, 12].entries()) {
			const running = spawn(process.execPath, [child, data, '250', '', String(LONG)], {
				stdio: ['ignore', 'pipe', 'inherit'],
			});
			const { lines, until } = output(running);
			const closed = once(running, 'close');
			const failures = (): number => lines().filter((line) => line === 'failed store-failed').length;
			await until(() => failures() === 1);
			assert(statfsSync(data).bavail < 200, 'the disk itself is full');
			disk.resize(size);
			await until(() => lines().includes('mended'));
			if (round === 0) await until(() => failures() === 2);
			running.kill('SIGKILL');
			await closed;
			// Too many for one call's arguments.
			for (const line of lines()) if (/^\d/.test(line)) acknowledged.push(...line.split(' '));
			disk.resize(size + 2);
			await check(data, acknowledged, LONG);
		}
		assert(acknowledged.length > 1000);
	} finally {
		disk.remove();
	}
});

test('a disk that refuses fails the commit, and nothing else', (t) =>
	inFolder(async (folder) => {
		if (!needs(t, 'prlimit')) return;
		const limited = ['--fsize=2000000:unlimited', process.execPath, child, folder, '1500', '', String(LONG)];
		const running = spawn('prlimit', limited, { stdio: ['ignore', 'pipe', 'inherit'] });
		const { lines, until } = output(running);
		const closed = once(running, 'close');
		await until(() => lines().some((line) => line.startsWith('failed')));
		spawnSync('prlimit', ['--pid', String(running.pid), '--fsize=unlimited']);
		await until(() => lines().includes('mended'));
		await until(() => lines().length > lines().indexOf('mended') + 20);
		running.kill('SIGKILL');
		await closed;
		assert(lines().includes('failed store-failed'));
		await check(
			folder,
			lines()
				.filter((line) => /^\d/.test(line))
				.flatMap((line) => line.split(' ')),
			LONG,
		);
	}));

test('kill -9 between any two writes of the registry: whole ends or none, and no number or epoch twice', () =>
	inFolder(async (folder) => {
		const said: string[] = [];
		let next = 1;
		for (let run = 0; run < (SWEEP ? 10 : 3); run++) {
			const running = spawn(process.execPath, [registryChild, folder, String(next)], {
				stdio: ['ignore', 'pipe', 'inherit'],
			});
			const { lines, until } = output(running);
			const closed = once(running, 'close');
			await until(() => lines().length > 8);
			await new Promise((done) => setTimeout(done, Math.random() * 100));
			running.kill('SIGKILL');
			await closed;
			said.push(...lines());
			const store = openSqliteStore(folder);
			const principals = new Map((await store.principals()).map((each) => [each.id, each.state]));
			const ended = new Set(said.flatMap((line) => (line.startsWith('ended ') ? [Number(line.slice(6))] : [])));
			for (const [id, state] of principals) {
				const [kind, round] = id.split('-');
				next = Math.max(next, Number(round) + 1);
				if (kind !== 'd') continue;
				const certificates = await store.certificates({ kind: 'device', application: 'hall', id });
				const isEnded = state === 'retired' || state === 'transferred';
				assert(isEnded || !ended.has(Number(round)), `${id} was ended and is ${state}`);
				assert(
					certificates.every(({ revoked }) => (revoked !== null) === isEnded),
					`${id} is ${state}, and its certificates are not`,
				);
				assert.equal(principals.has(`e-${round}`), state === 'transferred', `${id} is ${state}`);
			}
			await store.close();
		}
		for (const kind of ['number', 'epoch']) {
			const given = said.flatMap((line) => (line.startsWith(`${kind} `) ? [Number(line.slice(kind.length))] : []));
			assert(given.length > 4);
			assert(
				given.every((one, i) => i === 0 || one > (given[i - 1] ?? 0)),
				`${kind}: ${given.join()}`,
			);
		}
	}));
