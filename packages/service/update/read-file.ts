import { stat } from 'node:fs/promises';
import { Worker } from 'node:worker_threads';
import { Problem } from '@keyward/core';
import { LARGEST_FILE, type ReadNews, type ReadTask } from './read-task.ts';

type Read<Kind extends ReadTask['kind']> = Extract<ReadNews, { kind: Kind }>;

/** Throws `Problem('file-unreadable')`, and what the readers of the formats throw, with the file's name. */
export const readInThread = async <const Kind extends ReadTask['kind']>(
	kind: Kind,
	file: string,
): Promise<Read<Kind>> => {
	const found = await stat(file).catch((cause: unknown) => {
		const why = cause instanceof Error && 'code' in cause ? String(cause.code) : 'unknown error';
		const detail = `The service cannot read ${file} (${why}): correct the path or its permissions.`;
		throw new Problem('file-unreadable', detail, { cause });
	});
	// A pipe or a device would never end.
	if (!found.isFile()) throw new Problem('file-unreadable', `${file} is no file.`);
	if (found.size > LARGEST_FILE)
		throw new Problem(
			'file-unreadable',
			`${file} has ${found.size} bytes, and at most ${LARGEST_FILE} are read: split it.`,
		);
	const news = await new Promise<ReadNews>((resolve, reject) => {
		const worker = new Worker(new URL('./read-worker.ts', import.meta.url), {
			workerData: { kind, file } satisfies ReadTask,
			// catalogue: overload-held. A file that needs more ends its thread, and not the service.
			resourceLimits: { maxOldGenerationSizeMb: 1024 },
		});
		worker.once('message', resolve);
		worker.once('error', (error: NodeJS.ErrnoException) =>
			reject(
				error.syscall === undefined && error.code !== 'ERR_WORKER_OUT_OF_MEMORY'
					? error
					: new Problem('file-unreadable', `The service cannot read ${file} (${error.code ?? error.message}).`),
			),
		);
		worker.once('exit', (code) => reject(new Error(`the thread that read ${file} ended with ${code}`)));
	});
	if ('code' in news) throw new Problem(news.code, `${file}: ${news.detail}`);
	// The thread answers what it was asked.
	return news as Read<Kind>;
};
