import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import type { UpdateTarget } from '@keyward/core/update';

/** Whether the file is the image that the owner signed: its length and its SHA-256 (TUF 1.0.31 §5.7). */
export const isImage = async (
	file: string,
	{ length, sha256 }: Pick<UpdateTarget, 'length' | 'sha256'>,
): Promise<boolean> => {
	const found = await stat(file).catch(() => null);
	if (found?.isFile() !== true || found.size !== length) return false;
	const sum = createHash('sha256');
	for await (const part of createReadStream(file) as AsyncIterable<Buffer>) sum.update(part);
	return sum.digest('hex') === sha256;
};
