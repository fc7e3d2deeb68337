import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { attack, type CommandAttack, type Off, type Outcome } from './attack.ts';
import { runAttack } from './run-attack.ts';
import { openSourceCopies, repository } from './source-copy.ts';

// What the harness makes of attacks that prove something, and of those that do not. Commands alone: no site is needed.

const copies = openSourceCopies();
after(() => copies.remove());

const off: Off = {
	patch: [
		{
			file: 'packages/cli/verbs/policy-check.ts',
			find: 'export const register',
			replace: '// taken out\nexport const register',
		},
	],
	because: 'a check that no run below depends on',
};

const refused: Outcome = { succeeded: false, saw: 'it was refused', refusal: 'not-granted' };
const succeeded: Outcome = { succeeded: true, saw: 'it worked', refusal: null };

const attackThat = (run: CommandAttack['run'], change: Partial<CommandAttack> = {}) =>
	attack({
		title: 'an attack of the harness on itself',
		requirements: ['deny-by-default'],
		attacker: 'network',
		site: null,
		off,
		refusal: 'not-granted',
		run,
		...change,
	});

/** One outcome from the repository itself, another from its copy. */
const either =
	(inForce: Outcome, without: Outcome): CommandAttack['run'] =>
	async ({ source }) =>
		source.includes('keyward-copy-') ? without : inForce;

const faults = async (run: CommandAttack['run'], change?: Partial<CommandAttack>): Promise<readonly string[]> =>
	(await runAttack(attackThat(run, change), copies)).broken;

test('an attack counts that fails in force by its refusal and succeeds off', async () => {
	assert.deepEqual(await faults(either(refused, succeeded)), []);
	assert.deepEqual(await faults(either(refused, succeeded), { refusal: /granted$/ }), []);
});

test('an attack that fails both ways, or succeeds both ways, is broken', async () => {
	assert.match((await faults(either(refused, refused))).join(), /^it fails with the requirement off as well/);
	assert.match((await faults(either(succeeded, succeeded))).join(), /^it succeeds in force/);
});

test('an attack that fails for another reason is broken', async () => {
	const other = { ...refused, refusal: 'request-malformed' };
	assert.match((await faults(either(other, succeeded))).join(), /fails by request-malformed, not by not-granted/);
	const nothing = { ...refused, refusal: null };
	assert.match((await faults(either(nothing, succeeded))).join(), /fails by no refusal/);
});

test('an attack that throws is broken, and so is one that does not end', async () => {
	const throws = (): never => {
		throw new Error('the attack fell over');
	};
	assert.match((await faults(throws)).join(), /in force it did not come to an end: the attack fell over/);
	const hangs = await faults(() => new Promise(() => {}), { limit: 50 });
	assert.equal(hangs.length, 2);
	assert.match(hangs.join(), /not done after 0\.05 s/);
});

test('a check that is not where the attack says makes it broken', async () => {
	const [patch] = 'patch' in off ? off.patch : [];
	assert.ok(patch);
	for (const [find, times] of [
		['no such text', 0],
		['import ', /\d/],
	] as const) {
		const moved: Off = { because: 'a check that is not there', patch: [{ ...patch, find }] };
		const [fault = ''] = await faults(either(refused, succeeded), { off: moved });
		assert.match(
			fault,
			new RegExp(`is in ${patch.file} ${times instanceof RegExp ? times.source : times} times, not once`),
		);
	}
});

test('patches change the copy, several of one file too, and never the repository', async () => {
	const [patch] = 'patch' in off ? off.patch : [];
	assert.ok(patch);
	const text = readFileSync(join(repository, patch.file), 'utf8');
	const copy = await copies.with([patch, { ...patch, find: '// taken out', replace: '// taken out twice' }]);
	assert.match(readFileSync(join(copy, patch.file), 'utf8'), /^\/\/ taken out twice\nexport const register/m);
	assert.equal(readFileSync(join(repository, patch.file), 'utf8'), text);
});

test('the copy has the patch and the packages of the copy, and the attacker has its own empty folder', async () => {
	const seen: string[] = [];
	await runAttack(
		attackThat(async ({ source, cli, folder }) => {
			seen.push(folder);
			const { status, stdout } = await cli(['--version']);
			return { ...refused, saw: `${source} ${status} ${stdout}` };
		}),
		copies,
	).then(({ off: run }) => {
		assert.match('saw' in run ? run.saw : run.failed, /keyward-copy-\S+ 0 \d+\.\d+\.\d+$/);
	});
	assert.equal(new Set(seen).size, 2);
	for (const folder of seen) assert.ok(!existsSync(join(folder, '..')), 'it is removed afterwards');
});
