import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Operations } from '@keyward/contract';
import type { Cli } from './cli.ts';
import type { AttackedSite } from './site.ts';

/** A running `keyward witness serve`. */
export interface RunningWitness {
	readonly url: string;
	readonly key: string;
	/** Makes it vouch for these ledgers. */
	trust(keys: readonly string[]): Promise<void>;
}

const done = async (cli: Cli, words: readonly string[]): Promise<string> => {
	const { status, stdout, stderr } = await cli(words);
	if (status !== 0) throw new Error(`keyward ${words.join(' ')} failed: ${stderr}`);
	return stdout;
};

/** Makes a witness and prints its verifier key; it does not run. */
export const makeWitness = async (cli: Cli, folder: string, name: string): Promise<string> =>
	(await done(cli, ['witness', 'init', '--folder', folder, '--name', name])).trim();

export const runWitness = async (cli: Cli, folder: string): Promise<RunningWitness> => {
	const child = cli.start(['witness', 'serve', '--folder', folder, '--listen', '127.0.0.1:0', '--json']);
	let said = '';
	if (child.stdout === null) throw new Error('the witness says nothing');
	for await (const part of child.stdout.setEncoding('utf8') as AsyncIterable<string>) {
		said += part;
		if (said.includes('\n}')) break;
	}
	const { url, verifierKey } = JSON.parse(said) as { readonly url: string; readonly verifierKey: string };
	return {
		url: `${url}/`,
		key: verifierKey,
		trust: async (keys) => void (await done(cli, ['witness', 'trust', '--folder', folder, ...keys])),
	};
};

export type LedgerStanding = Operations['ledger.witnessed']['output']['ledgers'][number];

/** How the registry's ledger stands, once `met`. */
export const registryOnce = async (
	site: AttackedSite,
	signal: AbortSignal,
	met: (ledger: LedgerStanding) => boolean,
): Promise<LedgerStanding> => {
	for (;;) {
		const { ledgers } = await site.ask('ledger.witnessed', {});
		const found = ledgers.find(({ ledger }) => ledger === '_registry');
		if (found !== undefined && met(found)) return found;
		await sleep(100, undefined, { signal });
	}
};

/** What the first witness says against it; empty while it does not. */
export const against = ({ standings }: LedgerStanding): string => standings[0]?.trouble?.why ?? '';

/** A witness whose word a site has from now on, by a quorum of one. */
export const watchedBy = async (
	site: AttackedSite,
	cli: Cli,
	folder: string,
	signal: AbortSignal,
): Promise<{ readonly witness: RunningWitness; readonly size: number }> => {
	const home = join(folder, 'witness');
	await makeWitness(cli, home, 'witness.example/w1');
	const witness = await runWitness(cli, home);
	await site.restart(undefined, { witnesses: { quorum: 1, of: [{ url: witness.url, key: witness.key }] } });
	const { key } = await registryOnce(site, signal, () => true);
	await witness.trust([key]);
	await site.ask('device.expect', { application: 'hall', device: 'first' });
	const { witnessed } = await registryOnce(site, signal, (ledger) => ledger.witnessed !== null);
	return { witness, size: witnessed?.size ?? 0 };
};
