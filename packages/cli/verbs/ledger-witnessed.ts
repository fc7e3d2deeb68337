import { connectRemote } from '@keyward/client/connect';
import type { Operations } from '@keyward/contract';
import { Problem } from '@keyward/core';
import { checkWitnessed, readVerifierKey, signatureType, type WitnessPins } from '@keyward/core/ledger';
import { parseSpan } from '@keyward/core/spelling';
import type { Command } from 'commander';
import { inLine } from '@keyward/core/export';
import { exit, print, printJson, printTable } from '../terminal/output.ts';
import { group } from './group.ts';
import { printMoment } from './moment.ts';
import { wholeNumber } from './owner-init.ts';
import { readText } from './read-text.ts';
import { ask, ofApplication, type SiteOptions, siteOptions } from './site.ts';

interface Options extends SiteOptions {
	readonly application?: string;
	readonly as?: string;
	readonly file?: readonly string[];
	readonly log: readonly string[];
	readonly witness: readonly string[];
	readonly quorum: number;
	readonly within: string;
}

type Answer = Operations['ledger.witnessed']['output'];

const examples = `
Without keys it shows what the site says of its witnesses. With --log and --witness it checks by itself: who holds the site can say
anything, and cannot sign for a witness.

Examples:
  As a reader, by keys that came another way:
    keyward ledger witnessed --as desk --log "$(cat hall.key)" --witness "$(cat w1.key)" "$(cat w2.key)" --quorum 2
  A checkpoint that was kept, without asking anybody:
    keyward ledger witnessed --file hall.note --log "$(cat hall.key)" --witness "$(cat w1.key)" --within 365d`;

/** What anybody pins; null when nothing was. Throws `Problem('key-form')`. */
const pinsOf = ({ log, witness, quorum, within }: Options): WitnessPins | null => {
	if (log.length === 0 && witness.length === 0) return null;
	if (log.length === 0 || witness.length < quorum)
		throw new Problem(
			'request-malformed',
			`A check needs --log, the key of a ledger, and --witness, the keys of at least ${quorum} witnesses: name both.`,
		);
	return {
		logs: log.map((key) => readVerifierKey(key.trim())),
		witnesses: witness.map((key) => readVerifierKey(key.trim(), signatureType.cosignature)),
		...{ quorum, within: parseSpan(within) },
	};
};

const asReader = async (folder: string): Promise<Answer> => {
	const { openIdentity } = await import('@keyward/agent/identity');
	const { certificate, serviceCa, serviceUrl, privateKey } = await openIdentity(folder);
	const client = connectRemote({ url: serviceUrl, certificate, key: await privateKey(), serviceCa });
	try {
		return await client.call('ledger.witnessed', {});
	} finally {
		client.close();
	}
};

/** What there is to check, by a name. */
const notesOf = async (options: Options): Promise<readonly (readonly [string, string | null])[]> => {
	if (options.file !== undefined) return options.file.map((file) => [file, readText(file)] as const);
	const { ledgers } =
		options.as === undefined
			? await ask(options, 'ledger.witnessed', ofApplication(options))
			: await asReader(options.as);
	return ledgers.map(({ ledger, witnessed }) => [ledger, witnessed?.note ?? null] as const);
};

const check = async (options: Options, pins: WitnessPins): Promise<void> => {
	const now = Date.now();
	const missing = { refused: 'no quorum of witnesses vouched for it', origin: null, size: null, at: null, by: [] };
	const checked = (await notesOf(options)).map(([ledger, note]) => ({
		ledger,
		...(note === null ? missing : checkWitnessed(note, pins, now)),
	}));
	if (checked.length === 0 || checked.some(({ refused }) => refused !== null)) process.exitCode = exit.finding;
	if (options.json === true) return printJson(checked);
	printTable(
		['ledger', 'leaves', 'as of', 'witnesses', 'witnessed'],
		checked.map(({ ledger, size, at, by, refused }) => [
			...[ledger, size === null ? '-' : String(size), at === null ? '-' : printMoment(at), by.join(', ') || '-'],
			refused === null ? 'yes' : `NO: ${refused}`,
		]),
	);
};

const show = async (options: Options): Promise<void> => {
	const answer = await ask(options, 'ledger.witnessed', ofApplication(options));
	const bad = answer.ledgers.some(
		({ witnessed, standings }) => witnessed === null || standings.some(({ state }) => state === 'contradicts'),
	);
	if (bad) process.exitCode = exit.finding;
	if (options.json === true) return printJson(answer);
	if (answer.quorum === 0)
		print('The site file names no witnesses: who has the whole site can write another history (docs/witness.md).\n');
	printTable(
		['ledger', 'leaves', 'as of', 'vouched for by'],
		answer.ledgers.map(({ ledger, witnessed }) => [
			ledger,
			...(witnessed === null
				? ['-', '-', 'nobody yet']
				: [String(witnessed.size), printMoment(witnessed.at), witnessed.by.join(', ')]),
		]),
	);
	for (const { ledger, standings } of answer.ledgers)
		for (const { witness, state, trouble } of standings)
			if (trouble !== null) print(`${ledger}: ${witness} ${state}: ${inLine(trouble.why)}\n`);
};

/** `keyward ledger witnessed`: exit code 1 where a ledger has no quorum, or a witness knows another history. */
export const register = (program: Command): void => {
	siteOptions(
		group(program, 'ledger')
			.command('witnessed')
			.description('Show who vouches for each ledger, or check it by keys that you pin; exit code 1 without a quorum')
			.option('--application <name>', 'of this application only')
			.option('--as <folder>', 'ask as this reader, for the ledger of its application')
			.option('--file <note...>', 'check these checkpoints, and ask nobody')
			.option('--log <key...>', 'verifier keys of ledgers, as keyward ledger key printed them', [])
			.option('--witness <key...>', 'verifier keys of witnesses, as keyward witness key printed them', [])
			.option('--quorum <n>', 'how many of the witnesses must vouch', wholeNumber, 1)
			.option('--within <span>', 'how old their word may be', '1d'),
	)
		.addHelpText('after', examples)
		.action(async (options: Options) => {
			const pins = pinsOf(options);
			if (pins !== null) return check(options, pins);
			if (options.as !== undefined || options.file !== undefined)
				throw new Problem(
					'request-malformed',
					'What a site says of its witnesses shows a reader nothing: pin keys with --log and --witness.',
				);
			return show(options);
		});
};
