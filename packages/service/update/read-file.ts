import { stat } from 'node:fs/promises';
import { Worker } from 'node:worker_threads';
import { type Bytes, Problem } from '@keyward/core';
import { readHere } from './read-here.ts';
import { LARGEST_FILE, type ReadNews, type ReadTask } from './read-task.ts';

type Read<Kind extends ReadTask['kind']> = Extract<ReadNews, { kind: Kind }>;

/** A thread costs 60 ms of CPU before it reads. So large a file, whatever is in it, takes less. */
const SMALL: Bytes = 16 * 1024;

type Unreadable = (error: NodeJS.ErrnoException) => Problem;

const readSmall = (task: ReadTask, unreadable: Unreadable): ReadNews => {
	try {
		return readHere(task);
	} catch (error) {
		throw (error as NodeJS.ErrnoException).syscall === undefined ? error : unreadable(error as NodeJS.ErrnoException);
	}
};

const readLarge = (task: ReadTask, unreadable: Unreadable): Promise<ReadNews> =>
	new Promise<ReadNews>((resolve, reject) => {
		const worker = new Worker(new URL('./read-worker.ts', import.meta.url), {
			workerData: task,
			// catalogue: overload-held. A file that needs more ends its thread, and not the service.
			resourceLimits: { maxOldGenerationSizeMb: 1024 },
		});
		worker.once('message', resolve);
		worker.once('error', (error: NodeJS.ErrnoException) =>
			reject(error.syscall === undefined && error.code !== 'ERR_WORKER_OUT_OF_MEMORY' ? error : unreadable(error)),
		);
		worker.once('exit', (code) => reject(new Error(`the thread that read ${task.file} ended with ${code}`)));
	});

/** Throws `Problem('file-unreadable')`, and what the readers of the formats throw, with the file's name. */
export const readDocument = async <const Kind extends ReadTask['kind']>(
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
	const task = { kind, file };
	const unreadable = ({ code, message }: NodeJS.ErrnoException): Problem =>
		new Problem('file-unreadable', `The service cannot read ${file} (${code ?? message}).`);
	const news = found.size <= SMALL ? readSmall(task, unreadable) : await readLarge(task, unreadable);
	if ('code' in news) throw new Problem(news.code, `${file}: ${news.detail}`);
	// The thread answers what it was asked.
	return news as Read<Kind>;
};
