import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { temporaryFolder } from '@keyward/testing/folder';
import { objectives } from '@keyward/core/policy';

const folder = temporaryFolder('keyward-policy-');

const example = fileURLToPath(new URL('../../../examples/weather-station/policy.yaml', import.meta.url));
const verbs = ['policy-check.ts', 'policy-explain.ts', 'policy-levels.ts'].map(
	(file) => new URL(file, import.meta.url).href,
);

/** The verbs alone, in a process of their own. */
const keyward = (...args: string[]) => {
	const script = [
		`import { Command } from ${JSON.stringify(import.meta.resolve('commander'))};`,
		...verbs.map((url, index) => `import { register as verb${index} } from ${JSON.stringify(url)};`),
		'const program = new Command("keyward");',
		...verbs.map((_, index) => `verb${index}(program);`),
		'await program.parseAsync();',
	].join('\n');
	const { status, stdout, stderr } = spawnSync(process.execPath, ['--input-type=module', '-e', script, '--', ...args], {
		encoding: 'utf8',
	});
	return { status, stdout, stderr };
};

const file = (text: string): string => {
	const path = join(folder, 'policy.yaml');
	writeFileSync(path, text);
	return path;
};

test('policy check shows every requirement of a good policy', () => {
	const { status, stdout } = keyward('policy', 'check', example);
	assert.equal(status, 0);
	assert.match(stdout, /^link-encryption +tls1\.2-aead +confidentiality 1 +yes$/m);
	assert.match(stdout, /^least-function +yes +resistance 1 +yes$/m);
});

test('policy check --json is for machines', () => {
	const { status, stdout } = keyward('policy', 'check', '--json', example);
	assert.equal(status, 0);
	const { application, parameters } = JSON.parse(stdout) as {
		application: string;
		parameters: { requirement: string; value: unknown }[];
	};
	assert.equal(application, 'weather-station');
	const lifetime = parameters.find(({ requirement }) => requirement === 'certificate-lifetime');
	assert.equal(lifetime?.value, 365 * 86_400_000);
});

test('policy check prints each finding where it stands, and exits with 1', () => {
	const bad = file('application: A\nmode: enforce\n');
	const { status, stdout } = keyward('policy', 'check', bad);
	assert.equal(status, 1);
	const lines = stdout.trimEnd().split('\n');
	assert.equal(lines.length, 4);
	assert.ok(
		lines.every((line) => /^.+policy\.yaml:\d+:\d+ .+ \[policy-[a-z-]+\]$/.test(line)),
		stdout,
	);
	const json = keyward('policy', 'check', bad, '--json');
	assert.equal(json.status, 1);
	assert.equal((JSON.parse(json.stdout) as { findings: unknown[] }).findings.length, 4);
});

test('a file that cannot be read is misuse', () => {
	for (const verb of ['check', 'explain']) {
		const { status, stdout, stderr } = keyward('policy', verb, join(folder, 'none.yaml'));
		assert.equal(status, 2);
		assert.equal(stdout, '');
		assert.match(stderr, /cannot be read \(ENOENT\).*\[file-unreadable\]/);
	}
});

test('policy explain fits one screen and is about this policy; --requirements says what each objective comes to', () => {
	const screen = keyward('policy', 'explain', example).stdout;
	assert.match(screen, /^temperature +Cel +/m);
	assert.match(screen, /^ {2}authenticity 2$/m);
	const lines = screen.split('\n');
	assert.ok(lines.length <= 50 && lines.every(({ length }) => length <= 80), screen);
	const { status, stdout } = keyward('policy', 'explain', '--requirements', example);
	assert.equal(status, 0);
	assert.match(stdout, /^authenticity, level 2$/m);
	assert.match(stdout, /Nothing is asked of grant-expiry, /);
	const json = keyward('policy', 'explain', '--json', example);
	assert.equal((JSON.parse(json.stdout) as { objectives: unknown[] }).objectives.length, 6);
});

test('policy levels says for each objective how far this version goes, and what bars the next level', () => {
	const { status, stdout } = keyward('policy', 'levels');
	assert.equal(status, 0);
	for (const objective of objectives) assert.match(stdout, new RegExp(`^${objective}: [0-4] of 4$`, 'm'));
	const { levels } = JSON.parse(keyward('policy', 'levels', '--json').stdout) as {
		levels: { level: number; bars: unknown[] }[];
	};
	assert.equal(levels.length, 6);
	for (const { level, bars } of levels) assert.equal(bars.length === 0, level === 4);
	assert.match(stdout, new RegExp(`achieve ${levels.reduce((sum, { level }) => sum + level, 0)} of the 24 levels`));
});
