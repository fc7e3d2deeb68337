import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { chmodSync, chownSync, existsSync, mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { commandPath } from '@keyward/testing/debian';
import { install, root } from './installed.ts';

const recipe = join(root, 'packaging/container/Containerfile');
const text = readFileSync(recipe, 'utf8');
/** What the recipe orders, continued lines joined, comments left out. */
const orders = text
	.replaceAll(/^\s*#.*\n/gm, '')
	.replaceAll('\\\n', '')
	.split('\n')
	.map((line) => line.replaceAll(/\s+/g, ' ').trim())
	.filter((line) => line !== '');
const final = orders.slice(orders.findLastIndex((line) => line.startsWith('FROM ')));
const wordsOf = (order: string): readonly string[] =>
	JSON.parse(final.find((line) => line.startsWith(`${order} `))?.slice(order.length) ?? '[]') as readonly string[];
const UID = 10_001;

test('the container recipe: Debian slim, not root, a health check, nothing secret, and what it starts is packed', () => {
	const bases = orders.filter((line) => line.startsWith('FROM '));
	assert.equal(bases.length, 2);
	for (const base of bases) assert.match(base, /^FROM docker\.io\/library\/debian:trixie-slim( AS build)?$/);
	assert.deepEqual(
		final.filter((line) => line.startsWith('USER ')),
		[`USER ${UID}:${UID}`],
	);
	assert.ok(final.includes('VOLUME /data'));
	assert.ok(final.includes('EXPOSE 8443 8883'));
	assert.deepEqual(wordsOf('ENTRYPOINT'), ['keyward']);
	assert.doesNotMatch(final.join('\n'), /\b(RUN|ADD|npm)\b/, 'the final stage installs nothing');
	assert.doesNotMatch(orders.join('\n'), /^ARG|SEAL|TOKEN|PASSWORD|SECRET|PIN=|--allow-unauthenticated|http:/im);
	const health = final.find((line) => line.startsWith('HEALTHCHECK ')) ?? '';
	const [, script = ''] = /"\/opt\/keyward\/([^"]+)"/.exec(health) ?? [];
	assert.ok(script !== '' && existsSync(join(root, script)), health);
});

test('what the container starts works as another user on a read-only root, and its health check sees it', async (t) => {
	const [unshare, setpriv, chroot] = ['unshare', 'setpriv', 'chroot'].map(commandPath);
	if (!unshare || !setpriv || !chroot || process.getuid?.() !== 0)
		return t.skip('needs root, unshare, setpriv and chroot');
	// The whole machine, bound read-only, with a folder for data and a tmpfs, as a container has it.
	const script = `set -e
		mount -t tmpfs tmpfs "$STAGE"; mkdir "$STAGE/root"; mount --rbind / "$STAGE/root"; mount -o remount,bind,ro "$STAGE/root"
		mount --bind "$DATA" "$STAGE/root$DATA"; mount -t tmpfs -o mode=1777 tmpfs "$STAGE/root/dev/shm"
		exec "$CHROOT" "$STAGE/root" "$SETPRIV" --reuid=${UID} --regid=${UID} --clear-groups --no-new-privs "$@"`;
	const { folder, modules, bin } = install();
	chmodSync(folder, 0o755);
	const data = join(folder, 'data');
	const stage = join(folder, 'stage');
	for (const one of [data, stage]) mkdirSync(one, { mode: 0o700 });
	chownSync(data, UID, UID);
	const inside = (...words: readonly string[]): readonly string[] => [
		...['--mount', '--propagation', 'private', '/bin/sh', '-c', script, 'sh', process.execPath, ...words],
	];
	const env = {
		...{ STAGE: stage, DATA: data, CHROOT: chroot, SETPRIV: setpriv },
		...{ KEYWARD_DATA: data, NODE_ENV: 'production', PATH: process.env['PATH'], TMPDIR: '/dev/shm' },
	};
	const within = (...words: readonly string[]) =>
		spawnSync(unshare, inside(...words), { env, cwd: '/', encoding: 'utf8' });
	const attempt = within(
		'-e',
		`console.log(process.getuid()); try { fs.writeFileSync(${JSON.stringify(join(folder, '..', 'keyward-writes'))}, '') } catch (error) { console.log(error.code) }`,
	);
	if (/unshare failed|mount:/.test(attempt.stderr)) return t.skip(`no mounts here: ${attempt.stderr.trim()}`);
	assert.match(attempt.stdout, /^10001\n(?:EROFS|EACCES)\n$/, attempt.stderr);

	const health = join(modules, 'keyward/packaging/container/health.mjs');
	const before = within(health);
	assert.equal(before.status, 1, before.stderr);
	const command = wordsOf('CMD').map((word) => (word === '/data' ? data : word));
	const host = command.map((word) => (word === '0.0.0.0' ? '127.0.0.1' : word));
	assert.notDeepEqual(host, command);
	const serving = spawn(unshare, inside(bin, ...host, '--https-port', '0', '--mqtts-port', '0'), { env, cwd: '/' });
	const ended = new Promise<number | null>((resolve) => serving.once('exit', resolve));
	t.after(async () => {
		serving.kill();
		await ended;
	});
	let said = '';
	await new Promise<void>((resolve, reject) => {
		const hear = (bytes: Buffer): void => {
			said += String(bytes);
			if (said.includes('Ctrl-C stops it')) resolve();
		};
		serving.stdout.on('data', hear);
		serving.stderr.on('data', hear);
		serving.once('exit', () => reject(new Error(said)));
	});
	const healthy = within(health);
	assert.equal(healthy.status, 0, healthy.stderr);
	const status = within(bin, 'status', '--json');
	assert.equal(status.status, 0, status.stderr);
	serving.kill('SIGTERM');
	assert.equal(await ended, 0, said);
});

test('the image builds, and starts as that user on a read-only root', async (t) => {
	const builder = ['podman', 'docker'].map(commandPath).find((one) => one && spawnSync(one, ['info']).status === 0);
	if (!builder) return t.skip('no builder that works: podman, or docker with its daemon');
	const run = (...words: readonly string[]) => spawnSync(builder, words, { encoding: 'utf8' });
	const pulled = run('pull', 'docker.io/library/debian:trixie-slim');
	if (pulled.status !== 0) return t.skip(`the base image cannot be fetched: ${pulled.stderr.trim()}`);
	const { folder } = install();
	const tag = `keyward-test-${process.pid}`;
	t.after(() => run('rmi', '--force', tag));
	const built = run('build', '--tag', tag, '--file', recipe, folder);
	assert.equal(built.status, 0, built.stderr);
	const version = run('run', '--rm', '--read-only', '--tmpfs', '/tmp', '--cap-drop', 'all', tag, '--version');
	assert.match(version.stdout, /^\d+\.\d+\.\d+\n$/, version.stderr);
});
