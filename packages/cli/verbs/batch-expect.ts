import type { Command } from 'commander';
import { connectLocal } from '@keyward/client/connect';
import { Problem } from '@keyward/core';
import { inLine } from '@keyward/core/export';
import { exit, explainFailure, print, printJson, tell } from '../terminal/output.ts';
import { group } from './group.ts';
import { printMoment } from './moment.ts';
import { progressLine } from './progress-line.ts';
import { dataFolder, type SiteOptions, siteOptions } from './site.ts';
import { type Expected, expectingAt, expectRow } from './batch/registration.ts';
import { makeStrings } from './batch/strings.ts';

interface Options extends SiteOptions {
	readonly application: string;
	readonly out: string;
	readonly renew?: boolean;
}

type Answer =
	| Expected
	| { readonly device: string; readonly state: 'failed'; readonly code: string; readonly detail: string };

/** What no other row would fare better with. */
const fatal: readonly string[] = ['site-unreachable', 'link-too-weak'];

/** `keyward batch expect`: exit code 0 all are expected or in, 1 some are not, 2 misuse or no site. */
export const register = (program: Command): void => {
	siteOptions(
		group(program, 'batch')
			.command('expect')
			.description('Register every device of a batch, and write a commissioning token for each')
			.argument('<batch.csv>', 'the batch (docs/commissioning.md)')
			.requiredOption('--application <name>', 'the application that they belong to')
			.option('--out <folder>', 'where the commissioning strings go; nobody else may read it', 'strings')
			.option('--renew', 'make new strings also where the ones from before still stand'),
	).action(async (file: string, { application, out, renew = false, json = false, ...site }: Options) => {
		const client = connectLocal(dataFolder(site));
		const line = progressLine();
		try {
			const { readBatch } = await import('@keyward/agent');
			const rows = await readBatch(file, '.', (sentence) => tell(`${sentence}\n`));
			const expecting = await expectingAt(client, application);
			const strings = await makeStrings(out);
			const answers: Answer[] = [];
			for (const row of rows) {
				line.show(`${answers.length} of ${rows.length} devices`);
				try {
					answers.push(await expectRow(row, application, expecting, strings, renew, Date.now()));
				} catch (error) {
					if (!(error instanceof Problem) || fatal.includes(error.code)) throw error;
					answers.push({ device: row.device, state: 'failed', code: error.code, detail: error.detail });
				}
			}
			line.clear();
			if (answers.some(({ state }) => state === 'failed')) process.exitCode = exit.finding;
			if (json) return printJson(answers);
			report(answers, out);
		} catch (error) {
			line.clear();
			process.exitCode = explainFailure(error, json);
		} finally {
			client.close();
		}
	});
};

const report = (answers: readonly Answer[], out: string): void => {
	for (const answer of answers) {
		if (answer.state === 'left') print(`left      ${answer.device}: ${inLine(answer.why)}\n`);
		if (answer.state === 'failed') print(`FAILED    ${answer.device}: ${inLine(answer.detail)} [${answer.code}]\n`);
	}
	const count = (state: Answer['state']): number => answers.filter((answer) => answer.state === state).length;
	const expected = answers.flatMap((answer) => (answer.state === 'expected' ? [answer.expires] : []));
	print(
		`${expected.length} of ${answers.length} expected now, ${count('left')} left as they were, ${count('failed')} failed.\n`,
	);
	if (expected.length === 0) return;
	print(
		`Their strings are in ${out}, each good once and until ${printMoment(Math.min(...expected))}. Carry them as you would passwords.\n` +
			`At the station: keyward batch commission BATCH --strings ${out}\n`,
	);
};
