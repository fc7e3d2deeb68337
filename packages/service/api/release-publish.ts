import { constants } from 'node:fs';
import { open } from 'node:fs/promises';
import { join } from 'node:path';
import { Problem } from '@keyward/core';
import { filesAfter, parseChange } from '@keyward/owner';
import { withRoom } from '../ingest/limits.ts';
import type { Answer, ApiDependencies } from './answer.ts';
import { releasesInForce } from './release-list.ts';

/** Metadata of many releases, each with the hashes of its chunks. */
const LARGEST_CHANGE = 16 * 1024 * 1024;

export const releasePublish = ({ owner, limits }: ApiDependencies): Answer<'release.publish'> =>
	withRoom(limits, async ({ folder }) => {
		const change = parseChange(await readBounded(join(folder, 'change.json')));
		await owner.publish(filesAfter(change), join(folder, 'targets'));
		return releasesInForce(owner);
	});

/** Throws `Problem('file-unreadable')`. A pipe would never end: it is opened without waiting, and refused. */
const readBounded = async (path: string): Promise<string> => {
	const file = await open(path, constants.O_RDONLY | constants.O_NONBLOCK).catch((cause: unknown) => {
		const why = cause instanceof Error && 'code' in cause ? String(cause.code) : 'unknown error';
		throw new Problem(
			'file-unreadable',
			`The service cannot read ${path} (${why}): name the folder that keyward release init made.`,
			{ cause },
		);
	});
	try {
		const found = await file.stat();
		if (!found.isFile() || found.size > LARGEST_CHANGE)
			throw new Problem('file-unreadable', `${path} is no file of at most ${LARGEST_CHANGE} bytes.`);
		return await file.readFile('utf8');
	} finally {
		await file.close();
	}
};
