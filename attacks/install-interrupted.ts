import { spawnSync } from 'node:child_process';
import { hash } from 'node:crypto';
import { once } from 'node:events';
import { mkdir, readdir, readFile, readlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { ownSite } from '@keyward/testing/owner/owner';
import { makeRelease, releasesOf } from '@keyward/testing/owner/releases';
import { tarRelease } from '@keyward/testing/owner/tar-release';
import { attack } from './harness/attack.ts';
import { confirmUpdate, installUpdate, takesUpdates } from './harness/update.ts';

/** So many that nobody unpacks them at once. */
const FILES = 6000;

/** A release of many files, so that its installation can be met in the middle. */
const largeRelease = async (place: string, version: string) => {
	const tree = join(place, `tree-${version}`);
	await mkdir(join(tree, 'bin'), { recursive: true });
	for (let file = 0; file < FILES; file++) await writeFile(join(tree, 'bin', `part-${file}`), version);
	const file = join(place, `${version}.tar`);
	if (spawnSync('tar', ['-cf', file, '-C', tree, 'bin']).status !== 0) throw new Error('tar failed');
	const image = new Uint8Array(await readFile(file));
	const made = makeRelease(version, { securityFloor: 1 });
	const contents = { ...made.contents, image: { length: image.length, sha256: hash('sha256', image) } };
	return { ...made, bytes: { ...made.bytes, image }, contents };
};

const entries = (folder: string): Promise<string[]> => readdir(folder).catch(() => []);

/** Processes that unpack into this folder. */
const unpackers = async (slot: string): Promise<number[]> => {
	const found: number[] = [];
	for (const pid of (await readdir('/proc')).filter((name) => /^\d+$/.test(name))) {
		const words = (await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '')).split('\0');
		if (words[0]?.endsWith('tar') === true && words.includes(slot)) found.push(Number(pid));
	}
	return found;
};

// EDR 3.14: what is half written is not whole, and must not be what starts next.
export default attack({
	title: 'who cuts the power while an update is being written has the device start half of it',
	requirements: ['boot-verified'],
	attacker: 'device',
	off: {
		patch: [
			{
				file: 'packages/agent/update/installer/directory.ts',
				find: 'await mkdir(slot);',
				replace: 'await mkdir(slot); await start(to);',
			},
		],
		because: 'when the new version is put in force is no parameter',
	},
	refusal: /the version before, whole/,
	run: async ({ site, cli, folder, signal }) => {
		const owner = await ownSite(site);
		const { publish } = releasesOf(site, owner, folder);
		await publish(await tarRelease(folder, '1.0.0', { securityFloor: 1 }));
		await publish(await largeRelease(folder, '2.0.0'));
		const { identity } = await site.commissionDevice('hall', 'probe-1');
		const slots = await takesUpdates(identity.folder);
		const good = await installUpdate(cli, identity.folder, '1.0.0');
		if (good.state !== 'installed') throw new Error(`release 1.0.0 was not installed: ${good.said}`);
		await confirmUpdate(cli, identity.folder);
		const slot = join(slots, 'b');
		const agent = cli.start(['device', 'update', 'install', '2.0.0', '--folder', identity.folder]);
		const ended = once(agent, 'exit');
		while (!signal.aborted && agent.exitCode === null && (await entries(join(slot, 'bin'))).length === 0)
			await sleep(1);
		// The power is gone: nothing of it goes on, and nobody hears of the end of another.
		agent.kill('SIGSTOP');
		for (const pid of await unpackers(slot)) process.kill(pid, 'SIGKILL');
		agent.kill('SIGKILL');
		await ended;
		const next = await readlink(join(slots, 'current'));
		const [written, starts] = [await entries(join(slot, 'bin')), await entries(join(slots, 'current', 'bin'))];
		if (written.length === 0 || written.length === FILES) throw new Error('it was not met in the middle');
		const succeeded = next === 'b' && starts.length < FILES;
		const saw = succeeded
			? `${starts.length} of ${FILES} files start next`
			: `${next} starts next, ${starts.join(' ')}`;
		return { succeeded, saw, refusal: next === 'a' ? 'the version before, whole' : null };
	},
});
