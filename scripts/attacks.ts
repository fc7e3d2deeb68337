import type { Attack } from '../attacks/harness/attack.ts';
import { readAttacks } from '../attacks/harness/read-attacks.ts';
import { type Run, runAttack, type Verdict } from '../attacks/harness/run-attack.ts';
import { openSourceCopies } from '../attacks/harness/source-copy.ts';

// `npm run attacks [NAME…]`: each attack with its requirement in force and with it off. Exit 1 when one proves nothing.

process.env['NODE_COMPILE_CACHE'] ??= `${import.meta.dirname}/../node_modules/.cache/keyward`;

/** What is told of a run beside the table. */
const LONGEST = 240;
/** Of a refusal in the table: codes are shorter, sentences are cut. */
const WIDTH = 28;

const cut = (text: string, length: number): string => (text.length > length ? `${text.slice(0, length - 1)}…` : text);

const inWords = (run: Run): string => {
	if ('failed' in run) return `BROKEN ${run.failed}`;
	return cut(run.succeeded ? `succeeds: ${run.saw}` : `refused (${run.refusal ?? 'nothing'}): ${run.saw}`, LONGEST);
};

const inShort = (run: Run): string => {
	if ('failed' in run) return 'BROKEN';
	return run.succeeded ? 'succeeds' : cut(run.refusal ?? 'fails', WIDTH);
};

const print = (name: string, { title, requirements, attacker, off }: Attack, verdict: Verdict): void => {
	const how = 'requirements' in off ? `without ${off.requirements.join(', ')}` : 'check taken out';
	console.log(`${verdict.holds ? 'held  ' : 'BROKEN'} ${name}: ${title}`);
	console.log(`       requirement  ${requirements.join(', ')} (attacker: ${attacker})`);
	console.log(`       in force     ${inWords(verdict.inForce)}`);
	console.log(`       off          ${inWords(verdict.off)} [${how}]`);
	for (const fault of verdict.broken) console.log(`       broken       ${fault}`);
};

const attacks = await readAttacks(process.argv.slice(2));
const copies = openSourceCopies();
const broken: string[] = [];
const rows: string[][] = [['attack', 'requirement', 'in force', 'off']];
try {
	for (const { name, attack } of attacks) {
		const verdict = await runAttack(attack, copies);
		print(name, attack, verdict);
		rows.push([name, attack.requirements.join(', '), inShort(verdict.inForce), inShort(verdict.off)]);
		if (!verdict.holds) broken.push(name);
	}
} finally {
	await copies.remove();
}
const widths = [0, 1, 2, 3].map((column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
const line = (row: readonly string[]): string =>
	row
		.map((cell, column) => cell.padEnd(widths[column] ?? 0))
		.join('  ')
		.trimEnd();
console.log(`\n${rows.map(line).join('\n')}`);
console.log(
	`\n${attacks.length} attacks; ${attacks.length - broken.length} refused in force and successful off` +
		(broken.length === 0 ? '.' : `; broken: ${broken.join(', ')}.`),
);
process.exit(broken.length === 0 ? 0 : 1);
