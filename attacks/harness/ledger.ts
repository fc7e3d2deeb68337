import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import type { Cli } from './cli.ts';
import type { Outcome } from './attack.ts';

/** Runs statements on the database of a stopped site, as anyone who has its file can. */
export const byHand =
	(...statements: readonly string[]) =>
	(folder: string): void => {
		const db = new DatabaseSync(join(folder, 'keyward.sqlite'));
		for (const statement of statements) db.exec(statement);
		db.close();
	};

/** What `keyward ledger verify` says; the attack has succeeded when it finds nothing. */
export const verified = async (cli: Cli, done: string, words: readonly string[] = []): Promise<Outcome> => {
	const { status, stdout, stderr } = await cli(['ledger', 'verify', '--json', ...words]);
	if (status > 1) throw new Error(`ledger verify did not run: ${stderr}`);
	const reports = JSON.parse(stdout) as { readonly ok: boolean; readonly breaks: readonly string[] }[];
	const breaks = reports.flatMap((report) => report.breaks).join('; ');
	const saw = `${done}; keyward ledger verify ends with ${status}: ${breaks || 'agrees'}`;
	return { succeeded: status === 0 && reports.every(({ ok }) => ok), saw, refusal: breaks || null };
};

/** Takes out the comparison of the registry with its ledger. */
export const registryUncompared = {
	file: 'packages/store/verify-registry.ts',
	find: 'if (!verifier.agrees(row)) verifier.differs(row);',
	replace: '',
};

/** Takes out what the store and the other checkpoints say of a checkpoint. */
export const checkpointUnmissed = {
	file: 'packages/service/ledger/checkpoints.ts',
	find: 'if ((checkpoint?.size ?? 0) < least) {',
	replace: 'if (least < 0) {',
};
