import { join } from 'node:path';

/** The owner's programs of the source under attack: what signers sign with, and what devices and readers follow their owner with. */
export const ownerOf = async (
	source: string,
): Promise<typeof import('@keyward/owner') & typeof import('@keyward/owner/follow')> => {
	const part = (file: string): string => join(source, 'packages/owner', file);
	const author = (await import(part('index.ts'))) as typeof import('@keyward/owner');
	const follow = (await import(part('follow/index.ts'))) as typeof import('@keyward/owner/follow');
	return { ...author, ...follow };
};
