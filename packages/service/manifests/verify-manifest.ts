import { stat } from 'node:fs/promises';
import { Worker } from 'node:worker_threads';
import { Problem } from '@keyward/core';
import type { MadePart, ManifestOrigin } from '@keyward/core/port';
import type { ManifestNews, ManifestTask } from './manifest-task.ts';

/**
 * Verifies a manifest in a separate thread, because a large one takes half a minute. Throws `Problem('file-unreadable')`, and what
 * `readManifest` throws, with the file's name.
 */
export const verifyManifest = async (
	task: ManifestTask,
): Promise<Pick<ManifestOrigin, 'file' | 'signer'> & { readonly parts: readonly MadePart[] }> => {
	const { file } = task;
	const found = await stat(file).catch((cause: unknown) => {
		const why = cause instanceof Error && 'code' in cause ? String(cause.code) : 'unknown error';
		throw new Problem(
			'file-unreadable',
			`The service cannot read ${file} (${why}): mend the path or its permissions.`,
			{
				cause,
			},
		);
	});
	// A pipe or a device would never end.
	if (!found.isFile()) throw new Problem('file-unreadable', `${file} is no file.`);
	const parts: MadePart[] = [];
	return new Promise((resolve, reject) => {
		const worker = new Worker(new URL('./manifest-worker.ts', import.meta.url), { workerData: task });
		worker.on('message', (news: ManifestNews) => {
			if ('parts' in news) for (const part of news.parts) parts.push(part);
			else if ('code' in news) reject(new Problem(news.code, `${file}: ${news.detail}`));
			else resolve({ ...news, parts });
		});
		worker.once('error', (error: NodeJS.ErrnoException) =>
			reject(
				error.syscall === undefined
					? error
					: new Problem('file-unreadable', `The service cannot read ${file} (${error.code ?? error.message}).`),
			),
		);
		worker.once('exit', (code) => reject(new Error(`the manifest's thread ended with ${code}`)));
	});
};
