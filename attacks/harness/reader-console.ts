import { join } from 'node:path';
import type { Tools } from './attack.ts';

const none = { type: 'text/html', content: Buffer.alloc(0), compressed: () => Buffer.alloc(0) };

/** A console on a reader's own machine, of the source under attack, whose site answers one reading; gives its link. */
export const startReaderConsole = async ({ source, after }: Pick<Tools, 'source' | 'after'>): Promise<URL> => {
	const path = join(source, 'packages/client/console/index.ts');
	const client = (await import(path)) as typeof import('@keyward/client/console');
	const page = await client.serveReaderConsole({
		pages: { page: none, files: new Map(), headers: {} },
		tokens: client.createPageTokens(() => Date.now(), client.LONGEST),
		calls: async () => ({ readings: [{ value: 'secret' }] }),
		onSignedOut: () => {},
		report: () => {},
	});
	after(() => page.close());
	return new URL(page.link());
};
