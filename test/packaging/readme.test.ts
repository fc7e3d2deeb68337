import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { cp, mkdir, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { temporaryFolder } from '@keyward/testing/folder';
import { needsAbrmd } from '@keyward/testing/custody/abrmd';
import { needsSwtpm } from '@keyward/testing/custody/swtpm';
import { needs } from '@keyward/testing/debian';
import { root } from './installed.ts';
import { blocks, readme } from './readme-blocks.ts';

const inline = Array.from(readme.matchAll(/`(npx keyward [^`]*)`/g), ([, line = '']) => line);

/** These tell of findings by their exit code (README: 1). */
const MAY_FIND = /^npx keyward (?:posture|reach|keycheck|incident list)\b/;

/** As a person's shell runs it, in a separate group so that Ctrl-C reaches all of it; no registry is asked. */
const shell = (line: string, cwd: string, env: Readonly<Record<string, string>>): ChildProcess =>
	spawn('bash', ['-c', line], {
		cwd,
		env: { ...process.env, ...env },
		detached: true,
		stdio: ['ignore', 'pipe', 'pipe'],
	});

const interrupt = (child: ChildProcess): void => {
	if (child.pid !== undefined && child.exitCode === null) process.kill(-child.pid, 'SIGINT');
};

/** Resolves when it has said something that matches; rejects when it ends before. */
const said = async (child: ChildProcess, what: RegExp): Promise<string> => {
	let text = '';
	return new Promise<string>((resolve, reject) => {
		const hear = (bytes: Buffer): void => {
			text += String(bytes);
			if (what.test(text)) resolve(text);
		};
		child.stdout?.on('data', hear);
		child.stderr?.on('data', hear);
		child.once('close', (code) => reject(new Error(`ended with ${code} and without ${what.source}:\n${text}`)));
	});
};

test('every command of README.md runs, in its order, in a folder that has the checkout and nothing else', async (t) => {
	if (!needsSwtpm(t) || !needsAbrmd(t)) return;
	if (!needs(t, 'engines-3/pkcs11.so')) return;
	if (!needs(t, 'pkcs11/libtpm2_pkcs11.so')) return;
	const folder = temporaryFolder('keyward-readme-');
	for (const name of ['packages', 'scripts', 'examples', 'node_modules'])
		await symlink(join(root, name), join(folder, name));
	await cp(join(root, 'package.json'), join(folder, 'package.json'));
	const env = {
		...{ KEYWARD_DATA: join(folder, '.keyward'), KEYWARD_HTTPS_PORT: '0', KEYWARD_MQTTS_PORT: '0' },
		...{ npm_config_offline: 'true', npm_config_update_notifier: 'false', NODE_ENV: '' },
	};

	// `npx keyward` is asked of npm itself once; the other lines start what it found there without a start of npm for each.
	const quick = join(folder, 'quick');
	await mkdir(quick);
	await writeFile(join(quick, 'npx'), '#!/bin/sh\nprogram=$1\nshift\nexec "./node_modules/.bin/$program" "$@"\n', {
		mode: 0o755,
	});
	const quickly = { ...env, PATH: `${quick}:${process.env['PATH']}` };

	const [two = null, ...others] = blocks;
	assert.deepEqual(
		two?.lines.map((line) => line.split(' #')[0]?.trim()),
		['npm start', 'npm test'],
	);
	const site = shell('npm start', folder, env);
	const ended = once(site, 'close');
	t.after(async () => {
		interrupt(site);
		await ended;
	});
	const welcome = await said(site, /^keyward ready: /m);
	assert.match(welcome, /commissioned reactor-hall\/gamma-1, its key attested in its TPM/);
	assert.match(welcome, /refused reactor-hall\/gamma-2 \[evidence-missing\]/);

	const lines = [
		...inline.filter((line) => !line.includes('serve')),
		...others.flatMap(({ note, lines: of }) => (note === null ? of : [])),
	];
	assert.ok(lines.length > 15, lines.join('\n'));
	assert.match(lines[0] ?? '', /^npx keyward /);
	for (const [index, line] of lines.entries()) {
		const child = shell(line, folder, index === 0 ? env : quickly);
		const done = once(child, 'close');
		let text = '';
		for (const stream of [child.stdout, child.stderr]) stream?.on('data', (bytes: Buffer) => (text += String(bytes)));
		if (line.includes('# Ctrl-C ends it')) {
			await said(child, /\n/);
			interrupt(child);
			const [code] = (await done) as [number | null];
			// By itself, or by the signal; 1 says that an alarm stands: a busy site may have shown no ledger.
			const isAlarmed = code === 1 && /^ALARM /m.test(text);
			assert.ok(code === 0 || code === null || isAlarmed, `${line}\nended with ${code}:\n${text}`);
			continue;
		}
		const [code] = (await done) as [number | null];
		const isRefused = line.includes('# refused');
		const allowed = isRefused ? [2] : MAY_FIND.test(line) ? [0, 1] : [0];
		assert.ok(code !== null && allowed.includes(code), `${line}\nended with ${code}:\n${text}`);
		if (isRefused) assert.match(text, /\[[a-z-]+\]/, line);
		if (line.includes('device list')) assert.match(text, /gamma-1 .*tpm2, attested \(EMULATED\) +(active|re-keyed)/);
	}
});
