import { seenCheckpoint } from '@keyward/core/ledger';
import { writeFile } from 'node:fs/promises';
import type { Command } from 'commander';
import { exit, print, printJson, printTable } from '../terminal/output.ts';
import { group } from './group.ts';
import { printMoment } from './moment.ts';
import { openAlarmBook } from './reading/alarm-book.ts';

interface Options {
	readonly as: string;
	readonly accept?: boolean;
	readonly save?: string;
	readonly json?: boolean;
}

const examples = `
keyward read compares the ledger that the site shows with the one that the reader saw before, and keeps what does not agree as an alarm in the
reader's folder, with the signed checkpoints as evidence. The site has no say in it.

After a restore that the operator told you of another way, --accept: alarms stay in the folder, and no longer stand.

Examples:
  keyward ledger seen --as desk
  For ledger prove --since, or another reader to compare:
    keyward ledger seen --as desk --save hall.note`;

const show = async ({ as, accept, save, json }: Options): Promise<void> => {
	const { openIdentity } = await import('@keyward/agent/identity');
	const { application } = await openIdentity(as);
	const book = openAlarmBook(as);
	if (accept === true) await book.accept();
	const seen = await book.seen();
	const alarms = await book.all();
	const standing = alarms.filter(({ accepted }) => accepted === null);
	if (standing.length > 0) process.exitCode = exit.finding;
	if (save !== undefined && seen !== null) await writeFile(save, seen.note);
	const size = seen === null ? null : seenCheckpoint(seen).size;
	if (json === true) return printJson({ application, key: seen?.key ?? null, size, note: seen?.note ?? null, alarms });
	if (seen === null) print(`${as} remembers no ledger: the next keyward read remembers the one that it is shown.\n`);
	else printTable(['ledger', 'leaves seen', 'key'], [[application, String(size), seen.key]]);
	if (standing.length === 0) return void print('No alarm stands.\n');
	print('\n');
	printTable(
		['since', 'of', 'alarm', 'what was shown'],
		standing.map(({ at, of, code, detail }) => [printMoment(Date.parse(at)), of, code, detail]),
	);
};

/** `keyward ledger seen`: exit code 0 no alarm stands, 1 one does. */
export const register = (program: Command): void => {
	group(program, 'ledger')
		.command('seen')
		.description('Show what a reader remembers of the ledger, and alarms that stand; exit code 1 if any')
		.requiredOption('--as <folder>', 'home of the reader, made by keyward reader commission')
		.option('--accept', 'alarms stand no longer, and the ledger is remembered as it is seen next')
		.option('--save <file>', 'save the signed checkpoint that was seen last')
		.option('--json', 'print JSON')
		.addHelpText('after', examples)
		.action(show);
};
