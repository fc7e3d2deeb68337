import { spawnSync } from 'node:child_process';
import { hash } from 'node:crypto';
import { mkdir, mkdtemp, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Release } from '@keyward/core/update';
import { makeRelease } from './releases.ts';

/** A release whose image is a tar archive with one program, made in `place`. */
export const tarRelease = async (
	place: string,
	version: string,
	more: Partial<Release> = {},
	files: { readonly bom?: string } = {},
): Promise<ReturnType<typeof makeRelease>> => {
	const tree = await mkdtemp(join(place, 'tree-'));
	await mkdir(join(tree, 'bin'));
	await writeFile(join(tree, 'bin', 'program'), `#!/bin/sh\necho ${version}\n`, { mode: 0o755 });
	const file = join(tree, 'image.tar');
	const { status, stderr } = spawnSync('tar', ['-cf', file, '-C', tree, 'bin'], { encoding: 'utf8' });
	if (status !== 0) throw new Error(`tar: ${stderr}`);
	const image = new Uint8Array(await readFile(file));
	const made = makeRelease(version, more, files);
	const contents = { ...made.contents, image: { length: image.length, sha256: hash('sha256', image) } };
	return { ...made, bytes: { ...made.bytes, image }, contents };
};
