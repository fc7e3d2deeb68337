import { execFile } from 'node:child_process';
import { hash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { days, Problem, seconds } from '@keyward/core';
import type { Release } from '@keyward/core/update';
import { type Change, writeChange } from '@keyward/owner';
import type { Service } from '@keyward/service';
import { type DemoDevice, deviceFolder } from './devices.ts';
import type { DemoOwner } from './owner.ts';

const run = promisify(execFile);

/** Class of each application's devices. */
const CLASSES = { 'reactor-hall': 'gamma-probe', 'weather-station': 'station' } as const;

/**
 * 0.9.0 is signed and rolled out to nobody: what a device has confirmed by 1.0.0 refuses it, as it should. The last is for the person who tries
 * the commands that are printed.
 */
const VERSIONS = [
	{ version: '0.9.0', securityFloor: 1 },
	{ version: '1.0.0', securityFloor: 2 },
	{ version: '1.1.0', securityFloor: 2 },
] as const;

export const FIRST = '1.0.0';
export const NEXT = '1.1.0';

/** What the owner's machine makes of a release: files by their SHA-256, and what is signed of them. */
export interface DemoContents {
	readonly release: Release;
	readonly files: ReadonlyMap<string, Uint8Array>;
	readonly image: { readonly length: number; readonly sha256: string };
	readonly bom: { readonly length: number; readonly sha256: string };
}

/** The demonstration's software is a file that says its version, and a bill of materials that names one part. */
const makeContents = async (
	application: keyof typeof CLASSES,
	{ version, securityFloor }: (typeof VERSIONS)[number],
): Promise<DemoContents> => {
	const tree = await mkdtemp(join(tmpdir(), 'keyward-demo-image-'));
	try {
		await mkdir(join(tree, 'bin'));
		await writeFile(join(tree, 'bin', 'version'), `${CLASSES[application]} ${version}\n`);
		const tar = join(tree, 'image.tar');
		await run('tar', ['-cf', tar, '-C', tree, 'bin']);
		const image = new Uint8Array(await readFile(tar));
		const part = { type: 'firmware', name: CLASSES[application], version };
		const bill = { bomFormat: 'CycloneDX', specVersion: '1.6', metadata: { component: part }, components: [part] };
		const bom = new TextEncoder().encode(JSON.stringify(bill));
		const [ofImage, ofBom] = [image, bom].map((bytes) => ({ length: bytes.length, sha256: hash('sha256', bytes) }));
		if (ofImage === undefined || ofBom === undefined) throw new Error('there are two files');
		return {
			release: {
				...{ application, class: CLASSES[application], release: version, securityFloor, installer: 'directory' },
				...{ bom: ofBom.sha256, boot: null, supportUntil: null, chunks: null },
			},
			files: new Map([
				[ofImage.sha256, image],
				[ofBom.sha256, bom],
			]),
			...{ image: ofImage, bom: ofBom },
		};
	} finally {
		await rm(tree, { recursive: true, force: true });
	}
};

/** Has the site take it, from a folder as `keyward release init` makes one. */
const publish = async (service: Service, change: Change, files: DemoContents['files']): Promise<void> => {
	const folder = await mkdtemp(join(tmpdir(), 'keyward-demo-release-'));
	try {
		await mkdir(join(folder, 'targets'));
		await writeFile(join(folder, 'change.json'), writeChange(change));
		for (const [sha256, bytes] of files) await writeFile(join(folder, 'targets', sha256), bytes);
		await service.call('release.publish', { folder });
	} finally {
		await rm(folder, { recursive: true, force: true });
	}
};

/** Has the owner sign the releases that are not there yet, and the first one go out to devices that never had one. */
export const releaseAll = async (service: Service, owner: DemoOwner, say: (line: string) => void): Promise<void> => {
	for (const application of ['reactor-hall', 'weather-station'] as const) {
		const known = (await service.call('release.list', {})).filter((one) => one.application === application);
		try {
			for (const one of VERSIONS) {
				if (known.some(({ release }) => release === one.version)) continue;
				const made = await makeContents(application, one);
				const { release, image, bom, files } = made;
				await publish(service, await owner.signRelease({ release, image, bom, boot: null }), files);
			}
			const rollouts = await service.call('rollout.list', { application });
			if (rollouts.length > 0) continue;
			const terms = { soak: seconds(10), patience: days(1), mostFailing: 0.02, spread: 0, bytesPerSecond: null };
			const rings = application === 'weather-station' ? [{ kind: 'devices' as const, devices: ['harbour'] }] : [];
			await service.call('rollout.start', { application, version: FIRST, terms: { ...terms, rings } });
			say(`  ${application}: release ${FIRST}, signed by the owner, goes out to its devices in rings`);
		} catch (error) {
			// A folder of an earlier version, whose owner signs with two keys; or no device is in.
			if (!(error instanceof Problem)) throw error;
			say(`  ${application} has no release: ${error.detail} [${error.code}]`);
		}
	}
};

/** What stands for the disks of the devices. */
const machinesFolder = (data: string): string => `${resolve(data)}-machines`;

/** Says in a device's folder that it takes updates. Its software is beside the site's data, of which it is no part. */
export const takeUpdates = async (data: string, { id }: DemoDevice): Promise<void> => {
	const folder = resolve(deviceFolder(data, id));
	const file = join(folder, 'update', 'settings.json');
	if (existsSync(file)) return;
	await mkdir(join(folder, 'update'), { recursive: true, mode: 0o700 });
	// What stands for a start of the machine: its process ends, and is started again.
	const restart = { program: '/bin/sh', arguments: ['-c', 'kill -TERM "$PPID"'] };
	const slots = join(machinesFolder(data), id);
	await mkdir(slots, { recursive: true });
	const settings = { installer: 'directory', slots, 'every-minutes': 1, restart };
	await writeFile(file, `${JSON.stringify(settings, null, '\t')}\n`);
};
