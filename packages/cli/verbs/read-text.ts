import { readFileSync } from 'node:fs';
import { Problem } from '@keyward/core';

/** A file's text. Throws `Problem('file-unreadable')`. */
export const readText = (file: string): string => {
	try {
		return readFileSync(file, 'utf8');
	} catch (error) {
		const why = error instanceof Error && 'code' in error ? String(error.code) : 'unknown error';
		throw new Problem('file-unreadable', `${file} cannot be read (${why}): check the path`, { cause: error });
	}
};
