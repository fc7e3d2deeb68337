import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { needs } from './debian.ts';

/** A separate file system, small enough to be filled. */
export interface SmallDisk {
	readonly folder: string;
	/** Gives it another size, in MiB. */
	resize(mebibytes: number): void;
	/** From now on nothing is written on it. */
	makeReadOnly(): void;
	remove(): void;
}

/** Mounts one of so many MiB; null, and the test skipped by name, where that is not allowed. The test that makes it removes it. */
export const mountSmallDisk = (t: TestContext, mebibytes: number): SmallDisk | null => {
	if (!needs(t, 'mount')) return null;
	const folder = mkdtempSync(join(tmpdir(), 'keyward-disk-'));
	const run = (command: string, ...words: string[]): boolean => spawnSync(command, words).status === 0;
	if (!run('mount', '-t', 'tmpfs', '-o', `size=${mebibytes}m,mode=700`, 'tmpfs', folder)) {
		rmdirSync(folder);
		t.skip('needs the right to mount a file system (root)');
		return null;
	}
	return {
		folder,
		resize: (size) => {
			if (!run('mount', '-o', `remount,size=${size}m`, folder)) throw new Error('the small disk kept its size');
		},
		makeReadOnly: () => {
			if (!run('mount', '-o', 'remount,ro', folder)) throw new Error('the small disk is still written on');
		},
		remove: () => {
			run('umount', '-l', folder);
			rmdirSync(folder);
		},
	};
};
