import { readFile, writeFile } from 'node:fs/promises';
import { Problem } from '@keyward/core';
import { type Checkpoint, checkProof, leafCovers, openCheckpoint, readVerifierKey } from '@keyward/core/ledger';
import { type Command, InvalidArgumentError } from 'commander';
import { exit, print, printJson, printTable } from '../terminal/output.ts';
import { group } from './group.ts';
import { ask, ofApplication, type SiteOptions, siteOptions } from './site.ts';

interface Options extends SiteOptions {
	readonly application?: string;
	readonly leaf?: number;
	readonly audit?: number;
	readonly incident?: number;
	readonly log?: string;
	readonly since?: string;
	readonly save?: string;
}

const examples = `
The site answers with proofs, and this program checks them. By --log, the key that keyward ledger key printed and you kept elsewhere,
nobody convinces it who has the site and not that key; by --since, who has both is found out when they write another history.

Examples:
  Entry 12 of the audit log, as it is listed by keyward audit:
    keyward ledger prove --audit 12 --log "$(cat registry.key)"
  Every week: the ledger of hall grew from what it was, and changed nothing:
    keyward ledger prove --application hall --since hall.note --save hall.note`;

const count = (text: string): number => {
	if (/^\d{1,15}$/.test(text)) return Number(text);
	throw new InvalidArgumentError('give a whole number');
};

const bytesOf = (text: string): Uint8Array => new Uint8Array(Buffer.from(text, 'base64'));

const entryOf = ({ audit, incident }: Options): { kind: 'action' | 'incident'; number: number } | null =>
	audit !== undefined
		? { kind: 'action', number: audit }
		: incident !== undefined
			? { kind: 'incident', number: incident }
			: null;

const readNote = (file: string): Promise<string> =>
	readFile(file, 'utf8').catch((cause: unknown) => {
		throw new Problem('file-unreadable', `${file} cannot be read: check the path and its rights.`, { cause });
	});

/** Columns of an entry by name, as the ledger has them. */
const columnsOf = (content: string): readonly (readonly [string, string])[] =>
	(JSON.parse(content) as readonly (readonly [string, string, unknown])[]).map(([name, , value]) => [
		name,
		String(value),
	]);

const prove = async (options: Options): Promise<void> => {
	const entry = entryOf(options);
	const kept = options.since === undefined ? null : await readNote(options.since);
	// Its size is asked for before its signature can be checked: the key may be the one that the site names.
	const since = kept === null ? 0 : Number(kept.split('\n')[1]);
	if (!Number.isSafeInteger(since)) throw new Problem('ledger-broken', `${String(options.since)} is no checkpoint.`);
	const answer = await ask(options, 'ledger.prove', {
		...ofApplication(options),
		...(options.leaf !== undefined && { leaf: options.leaf }),
		...(entry !== null && { entry }),
		...(since > 0 && { since }),
	});
	const key = readVerifierKey((options.log ?? answer.key).trim());
	const seen: Checkpoint | null = kept === null ? null : openCheckpoint(kept, key);
	const leaf = answer.leaf && {
		index: answer.leaf.index,
		bytes: bytesOf(answer.leaf.bytes),
		inclusion: answer.leaf.inclusion.map(bytesOf),
	};
	const found = checkProof({ note: answer.note, leaf, growth: answer.growth?.map(bytesOf) ?? null }, key, seen);
	const asked = options.leaf ?? null;
	const refused =
		found.refused ??
		(asked !== null && leaf?.index !== asked ? 'the site answered with another leaf than was asked for' : null) ??
		(entry !== null && !(leaf && leafCovers(leaf.bytes, entry.kind, String(entry.number), answer.content ?? ''))
			? 'the leaf does not have the entry with this content'
			: null);
	if (refused !== null) process.exitCode = exit.finding;
	else if (options.save !== undefined) await writeFile(options.save, answer.note);
	const said = {
		...{
			ledger: answer.ledger,
			holds: refused === null,
			refused,
			fork: found.fork,
			size: found.checkpoint?.size ?? null,
		},
		...{ pinned: options.log !== undefined, since: seen?.size ?? null, leaf: leaf?.index ?? null },
		entry: refused === null && answer.content !== null ? Object.fromEntries(columnsOf(answer.content)) : null,
	};
	if (options.json === true) return printJson(said);
	printTable(
		['ledger', 'leaves', 'grew from', 'leaf', 'holds'],
		[
			[
				...[said.ledger, String(said.size ?? '-'), String(said.since ?? '-'), String(said.leaf ?? '-')],
				refused === null ? 'yes' : `NO: ${refused} [ledger-broken]`,
			],
		],
	);
	if (said.entry !== null) {
		print('\n');
		printTable(
			['column', 'as the ledger has it'],
			Object.entries(said.entry).map(([name, value]) => [name, value]),
		);
	}
	if (found.fork)
		print('\nTwo histories of this ledger are signed by one key. Keep both checkpoints: they are the evidence.\n');
	if (!said.pinned)
		print('\nThe key is the one that the site names: pin it with --log, from keyward ledger key kept elsewhere.\n');
};

/** `keyward ledger prove`: exit code 1 where something does not hold. */
export const register = (program: Command): void => {
	siteOptions(
		group(program, 'ledger')
			.command('prove')
			.description(
				'Check here that a leaf or an entry of the audit log is in the signed ledger; exit code 1 if it is not',
			)
			.option(
				'--application <name>',
				"the ledger of this application's readings; else the one of devices, grants and actions",
			)
			.option('--leaf <n>', 'this leaf of it', count)
			.option('--audit <n>', 'this entry of the audit log', count)
			.option('--incident <n>', 'this incident', count)
			.option('--log <key>', 'verifier key of the ledger, as keyward ledger key printed it')
			.option('--since <file>', 'a checkpoint that was saved before: the ledger must have grown from it')
			.option('--save <file>', 'save the checkpoint, if all holds'),
	)
		.addHelpText('after', examples)
		.action(prove);
};
