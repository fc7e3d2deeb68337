import { connectRemote } from '@keyward/client/connect';
import type { Command } from 'commander';
import { inLine } from '@keyward/core/export';
import { print, printJson, tell } from '../terminal/output.ts';
import { untilStopped } from '../terminal/stop.ts';

interface Options {
	readonly as: string;
	readonly json?: boolean;
}

const help = `
The page is served to this machine alone, at a port that the system chooses. It shows what the reader's grants cover. Sealed readings are
opened here, with the reader's key: neither the site nor the page has it. The link opens the page once, in one browser; after signing out
the next link is printed.

Exit code: 0 stopped, 2 could not begin.`;

/** `keyward console`. */
export const register = (program: Command): void => {
	program
		.command('console')
		.description("Open the console on this machine with a reader's key, so that sealed streams open in it")
		.requiredOption('--as <folder>', 'home of the reader, made by keyward reader commission')
		.option('--json', 'print one JSON object a link')
		.addHelpText('after', help)
		.action(async ({ as, json }: Options) => {
			const { signal } = untilStopped();
			const { openIdentity } = await import('@keyward/agent/identity');
			const { openReaderTrust } = await import('@keyward/agent/reader-trust');
			const { refreshServiceCas } = await import('@keyward/agent/renewal');
			const { createPageTokens, createReaderCalls, LONGEST, serveReaderConsole } =
				await import('@keyward/client/console');
			const { readPageFiles } = await import('@keyward/service/page');
			await refreshServiceCas(await openIdentity(as), Date.now());
			const identity = await openIdentity(as);
			const { certificate, serviceCa, serviceUrl, privateKey, id } = identity;
			const client = connectRemote({ url: serviceUrl, certificate, key: await privateKey(), serviceCa });
			const trustOf = openReaderTrust(identity, ({ code, detail }) => tell(`${inLine(detail)} [${code}]\n`));
			const now = (): number => Date.now();
			const page = await serveReaderConsole({
				pages: readPageFiles()(),
				tokens: createPageTokens(now, LONGEST),
				calls: createReaderCalls(client, id, trustOf, now),
				onSignedOut: () => say(),
				report: (error) => tell(`${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`),
			});
			const say = (): void => {
				const link = page.link();
				if (json === true) printJson({ link });
				else print(`${link}\n\nIt opens the console as the reader ${id}, once, within ten minutes. Ctrl-C ends it.\n`);
			};
			try {
				say();
				if (!signal.aborted) await new Promise((resolve) => signal.addEventListener('abort', resolve));
			} finally {
				await page.close();
				client.close();
			}
		});
};
