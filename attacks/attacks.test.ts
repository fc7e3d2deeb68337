import assert from 'node:assert/strict';
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, describe, test } from 'node:test';
import { catalogue, isRequirementId } from '@keyward/core/policy';
import { attackers } from './harness/attack.ts';
import { readAttacks } from './harness/read-attacks.ts';
import { runAttack } from './harness/run-attack.ts';
import { openSourceCopies, repository } from './harness/source-copy.ts';

const attacks = await readAttacks();
const copies = openSourceCopies();
after(() => copies.remove());

for (const { name, attack } of attacks) {
	test(`${name} says what it does and what it attacks`, () => {
		assert.match(attack.title, /^\S.{10,}$/);
		assert.ok(attack.requirements.length > 0);
		for (const id of attack.requirements) assert.ok(isRequirementId(id), id);
		assert.ok(attackers.includes(attack.attacker));
		const off = 'patch' in attack.off ? attack.off : null;
		if (off !== null) assert.ok(off.because.length > 10, 'why no parameter can switch it off');
		for (const { file, find } of [...(attack.given?.patch ?? []), ...(off?.patch ?? [])]) {
			const parts = readFileSync(join(repository, file), 'utf8').split(find);
			assert.equal(parts.length, 2, `${file} has the text to take out ${parts.length - 1} times: ${find}`);
		}
		if ('requirements' in attack.off) {
			for (const id of attack.off.requirements) assert.ok(attack.requirements.includes(id), id);
		}
	});
}

test('the catalogue names every attack under each requirement that it attacks, and no other', () => {
	for (const { id, attack: named } of catalogue) {
		const found = attacks.filter(({ attack }) => attack.requirements.includes(id)).map(({ name }) => `${name}.ts`);
		// 'not built' where there is no attack yet.
		assert.deepEqual(typeof named === 'string' ? [] : named.toSorted(), found.toSorted(), id);
	}
});

describe('the quick ones', { concurrency: 2 }, () => {
	for (const { name, attack } of attacks.filter(({ attack }) => attack.quick)) {
		test(`${name}: ${attack.title}: fails in force, succeeds off`, async () => {
			const { broken } = await runAttack(attack, copies);
			assert.deepEqual(broken, []);
		});
	}
});

test('what switches a requirement off is reached from code alone: no site file, command or environment names it', () => {
	const named = globSync('{packages,scripts,examples,packaging}/**/*', { cwd: repository, withFileTypes: true })
		.filter((entry) => entry.isFile())
		.map((entry) => join(entry.parentPath, entry.name).slice(repository.length))
		.filter(
			(file) =>
				!file.includes('node_modules/') && readFileSync(join(repository, file), 'utf8').includes('allowWithout'),
		)
		.toSorted();
	assert.deepEqual(named, [
		'packages/service/assemble.ts',
		'packages/service/config/config.ts',
		'packages/service/policy/policies.ts',
	]);
});
