import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { generateKeyPairSync } from 'node:crypto';
import { existsSync } from 'node:fs';
import { cp, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { fileURLToPath } from 'node:url';
import { needs } from '@keyward/testing/debian';
import { hallPolicy, startSite, type TestSite } from '@keyward/testing/service/site';

// The commands of README.md, as a person would give them.

const here = (path: string): string => fileURLToPath(new URL(path, import.meta.url));
const node = { publish: here('node/publish.mjs'), read: here('node/read.mjs') };
const python = here('python/keyward_client.py');
const pythonRead = here('python/keyward_read.py');
const shell = here('shell/keyward-client.sh');

const run = async (
	command: string,
	args: readonly string[],
	input = '',
): Promise<{ status: number; out: string; err: string }> => {
	const child = spawn(command, args, { stdio: 'pipe', timeout: 120_000 });
	const said = { out: '', err: '' };
	child.stdout.setEncoding('utf8').on('data', (text: string) => (said.out += text));
	child.stderr.setEncoding('utf8').on('data', (text: string) => (said.err += text));
	child.stdin.on('error', () => {}).end(input);
	const [status] = (await once(child, 'close')) as [number | null];
	return { status: status ?? -1, ...said };
};

/** Starts a program that reads; resolves once `ready` is on its standard error, and then gives its lines. */
const follow = async (
	t: TestContext,
	command: string,
	args: readonly string[],
	ready: RegExp | null,
): Promise<{ until(pattern: RegExp): Promise<void>; child: ChildProcess }> => {
	const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'pipe'], detached: true });
	t.after(() => {
		// The shell and what it runs are one group.
		if (child.exitCode === null && child.pid !== undefined) process.kill(-child.pid);
	});
	let text = '';
	for (const stream of [child.stdout, child.stderr])
		stream.setEncoding('utf8').on('data', (part: string) => (text += part));
	const until = async (pattern: RegExp): Promise<void> => {
		const late = AbortSignal.timeout(120_000);
		while (!pattern.test(text)) {
			if (late.aborted) throw new Error(`${String(pattern)} did not come: ${text}`);
			await new Promise((resolve) => setTimeout(resolve, 20));
		}
	};
	if (ready !== null) await until(ready);
	return { until, child };
};

/** A site with one reader that may read everything, commissioned as the verbs do it. */
const open = async (
	t: TestContext,
): Promise<{ site: TestSite; folder(identity: { certificateFile: string }): string }> => {
	const site = await startSite(t, { policies: [hallPolicy.replaceAll('[desk]', '[desk, desk-2]')] });
	return { site, folder: ({ certificateFile }) => certificateFile.replace(/\/certificate\.pem$/, '') };
};

test('the clients of examples/clients', { timeout: 240_000 }, async (t) => {
	const { site, folder } = await open(t);
	const desk = folder(await site.commissionReader('hall', 'desk'));
	await site.grant('hall', 'desk', '*', 'dose-rate');

	await t.test('Node publishes and reads; a refusal is told', async (u) => {
		const probe = folder(await site.commissionDevice('hall', 'probe-1'));
		const reader = await follow(u, process.execPath, [node.read, desk, 'hall/+/dose-rate', '2'], /^reading/m);
		const published = await run(process.execPath, [node.publish, probe, 'dose-rate', 'Sv/h'], '1.5e-7\n2.5e-7\n');
		assert.deepEqual([published.status, published.out], [0, 'stored 1.5e-7\nstored 2.5e-7\n'], published.err);
		await reader.until(/probe-1\/dose-rate 1\.5e-7 Sv\/h\n.*probe-1\/dose-rate 2\.5e-7 Sv\/h\n/);
		const refused = await run(process.execPath, [node.publish, probe, 'dose-rate', 'Cel'], '1\n');
		assert.equal(refused.status, 1);
		assert.match(refused.err, /^refused 1: /);
		// As of `| head -1`: a closed pipe ends it, and nothing is said.
		const closed = spawn(process.execPath, [node.read, desk, 'hall/+/dose-rate'], {
			stdio: ['ignore', 'pipe', 'pipe'],
		});
		u.after(() => closed.kill('SIGKILL'));
		let said = '';
		closed.stderr.setEncoding('utf8').on('data', (text: string) => (said += text));
		while (!said.includes('reading')) await once(closed.stderr, 'data');
		closed.stdout.destroy();
		const left = once(closed, 'close');
		await run(process.execPath, [node.publish, probe, 'dose-rate', 'Sv/h'], '1\n');
		assert.deepEqual(await left, [0, null]);
		assert.match(said, /^reading [^\n]*\n$/);
		const stranger = await run(process.execPath, [node.read, desk, 'hall/+/state']);
		assert.equal(stranger.status, 1);
		assert.match(stranger.err, /no grant touches/);
	});

	await t.test('an encrypted key is refused in one sentence, by the way to another', async () => {
		const sealed = join(site.folder, '..', 'encrypted-desk');
		await cp(desk, sealed, { recursive: true });
		const { key } = JSON.parse(await readFile(join(sealed, 'identity.json'), 'utf8')) as { key: string };
		const { privateKey } = generateKeyPairSync('ec', {
			namedCurve: 'P-256',
			publicKeyEncoding: { type: 'spki', format: 'pem' },
			privateKeyEncoding: { type: 'pkcs8', format: 'pem', cipher: 'aes-256-cbc', passphrase: 'of a test' },
		});
		await writeFile(join(sealed, 'keys', `${key}.key`), privateKey);
		const clients: [command: string, args: string[], status: number][] = [
			[process.execPath, [node.read, sealed, 'hall/+/dose-rate'], 2],
			[shell, ['read', sealed, 'hall/+/dose-rate'], 2],
		];
		if (existsSync('/usr/lib/python3/dist-packages/paho/mqtt/client.py'))
			clients.push(['/usr/bin/python3', ['-B', python, 'read', sealed, 'hall/+/dose-rate'], 1]);
		if (['cbor2', 'cryptography'].every((one) => existsSync(`/usr/lib/python3/dist-packages/${one}`)))
			clients.push(['/usr/bin/python3', ['-B', pythonRead, sealed, 'hall/probe-1/dose-rate'], 1]);
		for (const [command, args, expected] of clients) {
			const { status, err } = await run(command, args);
			assert.equal(status, expected, err);
			assert.match(err, /^[^\n]+\.key is encrypted: [^\n]+ --allow-plain-key\.\n$/);
		}
	});

	await t.test('Python commissions by itself, publishes and reads', async (u) => {
		if (!needs(u, 'dist-packages/paho/mqtt/client.py') || !needs(u, 'openssl')) return;
		const interpreter = '/usr/bin/python3';
		const { commissioning } = await site.ask('device.expect', { application: 'hall', device: 'probe-2' });
		const probe = join(site.folder, '..', 'python-probe');
		const joined = await run(
			interpreter,
			[python, 'commission', probe],
			`${commissioning.slice(0, 50)}\n${commissioning.slice(50)}`,
		);
		assert.deepEqual([joined.status, joined.out], [0, 'probe-2 has joined hall\n'], joined.err);
		// The token worked once, for that key; the same device may ask again.
		assert.equal((await run(interpreter, [python, 'commission', probe], commissioning)).status, 0);
		const copied = await run(interpreter, [python, 'commission', `${probe}-copy`], commissioning);
		assert.equal(copied.status, 1);
		assert.match(copied.err, /refused: .*token-spent/);
		// As the reader, by the same files under its own names.
		const reading = join(site.folder, '..', 'python-desk');
		const { commissioning: forReader } = await site.ask('reader.expect', { application: 'hall', reader: 'desk-2' });
		assert.equal((await run(interpreter, [python, 'commission', reading], forReader)).status, 0);
		await site.grant('hall', 'desk-2', '*', 'dose-rate');
		const reader = await follow(u, interpreter, [python, 'read', reading, 'hall/probe-2/dose-rate', '1'], /^reading/m);
		const published = await run(interpreter, [python, 'publish', probe, 'dose-rate', 'Sv/h'], '3.5e-7\n');
		assert.deepEqual([published.status, published.out], [0, 'stored 3.5e-07\n'], published.err);
		await reader.until(/probe-2\/dose-rate 3\.5e-07 Sv\/h/);
		// Out of the policy's range: refused, and never called stored.
		const mixed = await run(interpreter, [python, 'publish', probe, 'dose-rate', 'Sv/h'], '500\n4.5e-7\n');
		assert.deepEqual([mixed.status, mixed.out], [1, 'stored 4.5e-07\n'], mixed.err);
		assert.match(mixed.err, /^refused 500 \(0x99\): reading-value: /);
	});

	await t.test('Python sends nothing to a service that the string does not name', async (u) => {
		if (!needs(u, 'dist-packages/paho/mqtt/client.py') || !needs(u, 'openssl')) return;
		const other = await startSite(u);
		const { commissioning } = await other.ask('device.expect', { application: 'hall', device: 'probe-9' });
		await other.stop();
		// Somebody else listens where the string leads.
		const text = commissioning.replace('keyward1.', '');
		const bytes = Buffer.from(text, 'base64url');
		const { hash } = await import('node:crypto');
		const body = Buffer.from(
			bytes.subarray(0, -4).toString('latin1').replaceAll(String(other.httpsPort), String(site.httpsPort)),
			'latin1',
		);
		assert.equal(String(other.httpsPort).length, String(site.httpsPort).length);
		const wrong = `keyward1.${Buffer.concat([body, hash('sha256', body, 'buffer').subarray(0, 4)]).toString('base64url')}`;
		const answer = await run('/usr/bin/python3', [python, 'commission', join(other.folder, '..', 'nobody')], wrong);
		assert.equal(answer.status, 1);
		assert.match(answer.err, /nothing was sent/);
	});

	await t.test('the shell publishes, reads, fetches and renews', async (u) => {
		if (!needs(u, 'mosquitto_pub') || !needs(u, 'curl') || !needs(u, 'openssl')) return;
		const probe = folder(await site.commissionDevice('hall', 'probe-3'));
		const reader = await follow(u, shell, ['read', desk, 'hall/probe-3/dose-rate'], null);
		// It says nothing when it is ready: the session shows it.
		for (let tries = 0; ; tries++) {
			const { applications } = await site.ask('site.status', {});
			if ((applications[0]?.sessions ?? 0) > 0) break;
			assert.ok(tries < 200);
			await new Promise((resolve) => setTimeout(resolve, 20));
		}
		await new Promise((resolve) => setTimeout(resolve, 200));
		const published = await run(shell, ['publish', probe, 'dose-rate', 'Sv/h'], '4.5e-7\n5.5e-7\n');
		assert.equal(published.status, 0, published.err);
		await reader.until(/"v":4\.5e-7.*\n.*"v":5\.5e-7/);
		const out = await run(shell, ['publish', probe, 'dose-rate', 'Sv/h'], '500\n');
		assert.deepEqual([out.status, /Warning: Publish \d+ failed/.test(out.err)], [1, true], out.err);
		const fetched = async (...after: string[]) => {
			const { out } = await run(shell, ['fetch', desk, 'probe-3', 'dose-rate', ...after]);
			return (JSON.parse(out) as { readings: { cursor: string; value: number }[] }).readings;
		};
		const [first] = await fetched();
		assert.deepEqual(
			(await fetched(first?.cursor ?? '')).map(({ value }) => value),
			[5.5e-7],
		);
		const before = await readFile(join(probe, 'certificate.pem'), 'utf8');
		// A shorter life makes a renewal due at once.
		await site.apply(`${hallPolicy.replaceAll('[desk]', '[desk, desk-2]')}tighten: { certificate-lifetime: 30d }\n`);
		const renewed = await run(shell, ['renew', probe]);
		assert.equal(renewed.status, 0, renewed.err);
		assert.notEqual(await readFile(join(probe, 'certificate.pem'), 'utf8'), before);
		assert.equal((await run(shell, ['publish', probe, 'dose-rate', 'Sv/h'], '6.5e-7\n')).status, 0);
		// One that is refused leaves the old certificate where it was.
		await site.ask('principal.revoke', { kind: 'device', application: 'hall', id: 'probe-3', reason: 'test' });
		const kept = await readFile(join(probe, 'certificate.pem'), 'utf8');
		assert.notEqual((await run(shell, ['renew', probe])).status, 0);
		assert.equal(await readFile(join(probe, 'certificate.pem'), 'utf8'), kept);
		assert.equal((await run(shell, ['sing', probe])).status, 2);
	});
});
