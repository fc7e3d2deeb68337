import type { Attack } from '../attacks/harness/attack.ts';
import { readAttacks } from '../attacks/harness/read-attacks.ts';
import { type Run, runAttack, type Verdict } from '../attacks/harness/run-attack.ts';
import { openSourceCopies } from '../attacks/harness/source-copy.ts';

// `npm run attacks [NAME…]`: each attack with its requirement in force and with it off. Exit 1 when one proves nothing.

process.env['NODE_COMPILE_CACHE'] ??= `${import.meta.dirname}/../node_modules/.cache/keyward`;

const inWords = (run: Run): string => {
	if ('failed' in run) return `BROKEN ${run.failed}`;
	return run.succeeded ? `succeeds: ${run.saw}` : `refused (${run.refusal ?? 'nothing'}): ${run.saw}`;
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
try {
	for (const { name, attack } of attacks) {
		const verdict = await runAttack(attack, copies);
		print(name, attack, verdict);
		if (!verdict.holds) broken.push(name);
	}
} finally {
	await copies.remove();
}
console.log(
	`\n${attacks.length} attacks; ${attacks.length - broken.length} refused in force and successful off` +
		(broken.length === 0 ? '.' : `; broken: ${broken.join(', ')}.`),
);
process.exit(broken.length === 0 ? 0 : 1);
