import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { text } from 'node:stream/consumers';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { fallingBack, installers } from '@keyward/core/update';
import { type Machine, makeMachine, type Release } from './machines.fixture.ts';
import { updateFiles } from './update-files.ts';

interface Life {
	readonly begin?: Release;
	readonly file: string;
	readonly connects?: boolean;
	readonly killAt?: number;
	readonly killInstallerAfter?: number;
}

let boots = 0;

/** Lets an agent live; gives what it said at its end, or null when it was killed. */
const live = async (machine: Machine, life: Life) => {
	const said = { folder: machine.folder, boot: `boot-${boots}`, begin: null, connects: false, killAt: 0 };
	const words = [fileURLToPath(new URL('./agent.fixture.ts', import.meta.url))];
	const child = spawn(process.execPath, [...words, JSON.stringify({ ...said, killInstallerAfter: null, ...life })], {
		stdio: ['ignore', 'pipe', 'pipe'],
		env: { ...process.env, ...machine.environment },
	});
	const ended = new Promise<NodeJS.Signals | null>((resolve) =>
		child.once('close', (_code, signal) => resolve(signal)),
	);
	const [out, wrong, signal] = await Promise.all([text(child.stdout), text(child.stderr), ended]);
	if (signal === 'SIGKILL') return null;
	assert.notEqual(out, '', wrong);
	return JSON.parse(out) as { state: string; moments: number; floor: number };
};

const boot = async (machine: Machine): Promise<void> => {
	boots += 1;
	await machine.boot();
};

/** The version before, which is good, or the one that is installed: whatever the next start would bring is one of them, whole. */
const wholeIs = async (machine: Machine, good: readonly string[], life: Partial<Life>): Promise<void> => {
	const next = await machine.next();
	assert.ok(
		next !== null && good.includes(next),
		`${next ?? 'nothing whole'} would start after ${JSON.stringify(life)}`,
	);
};

/** The whole sweep is for `npm run soak`: each life costs a process, and SWUpdate a second for each image. */
const SWEEP = process.env['KEYWARD_SWEEP'] === 'all';
const KILLS = SWEEP
	? { installing: Array.from({ length: 13 }, (_, index) => index + 1), confirming: [1, 2, 3, 4, 5, 6, 7, 8, 9, 10] }
	: // Before the installer begins and when it has ended, which nobody noted; when the boot loader was told, and the floor not yet.
		{ installing: [10, 2], confirming: [6] };

/** Lives that are each killed at one of these moments, until the update is confirmed in spite of them. */
const takeKilled = async (machine: Machine, release: Release, before: string): Promise<number> => {
	const files = await updateFiles(machine.folder);
	let kills = 0;
	const survive = async (moments: readonly number[], connects: boolean): Promise<string> => {
		for (const killAt of [...moments, 0]) {
			const { phase } = await files.state();
			const begun = phase.state !== 'idle' && 'target' in phase && phase.target.sha256 === release.target.sha256;
			const end = await live(machine, { file: release.file, connects, killAt, ...(!begun && { begin: release }) });
			await wholeIs(machine, [before, release.target.release], { killAt });
			if (end !== null) return end.state;
			kills += 1;
		}
		throw new Error('A life that nobody killed did not end.');
	};
	assert.equal(await survive(KILLS.installing, false), 'installed');
	await boot(machine);
	assert.equal(await survive(KILLS.confirming, true), 'confirmed');
	return kills;
};

for (const installer of installers) {
	test(`${installer}: two slots, confirmed or fallen back from, and kill -9 at each step leaves a good version`, async (t) => {
		const machine = await makeMachine(t, installer);
		if (machine === null) return;
		const files = await updateFiles(machine.folder);
		const first = await machine.release('1.0', 3);
		const fresh = await live(machine, { file: first.file, begin: first, connects: true });
		// The old version connected: that confirms nothing of the new one, and the floor waits.
		assert.deepEqual([fresh?.state, fresh?.floor, await machine.next()], ['installed', 0, '1.0']);
		await boot(machine);
		const end = await live(machine, { file: first.file, connects: true });
		assert.deepEqual([end?.state, end?.floor, await machine.next()], ['confirmed', 3, '1.0']);

		const second = await machine.release('2.0', 7);
		const kills = await takeKilled(machine, second, '1.0');
		assert.ok(kills >= (SWEEP ? 12 : 3), `${kills} kills`);
		assert.deepEqual([(await files.floor()).release, await machine.next()], [7, '2.0']);

		// In the middle of what the installer writes.
		const third = await machine.release('3.0', 8, 700_000);
		for (const killInstallerAfter of SWEEP ? [0, 10, 30, 100, 300] : [20]) {
			await live(machine, { file: third.file, begin: third, killInstallerAfter });
			await wholeIs(machine, ['2.0', '3.0'], { killInstallerAfter });
		}
		assert.equal((await live(machine, { file: third.file }))?.state, 'installed');
		await boot(machine);
		await live(machine, { file: third.file });
		await files.save(fallingBack(await files.state(), 'it did not connect'));
		const back = await live(machine, { file: third.file });
		assert.deepEqual([back?.state, back?.floor, await machine.next()], ['fallen-back', 7, '2.0']);
		assert.deepEqual((await files.state()).failed, [third.target.sha256]);
		await boot(machine);

		if (installer === 'command') return;
		// Signed as a target, and no image that this installer takes.
		const noise = randomBytes(5000);
		await writeFile(third.file, noise);
		const sha256 = createHash('sha256').update(noise).digest('hex');
		const broken = { ...third, target: { ...third.target, sha256, length: noise.length } };
		const refused = await live(machine, { file: broken.file, begin: broken });
		assert.deepEqual([refused?.state, refused?.floor, await machine.next()], ['fallen-back', 7, '2.0']);
	});
}
