import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { createPrivateKey } from 'node:crypto';
import { once } from 'node:events';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { openIdentity, renewIfDue } from '@keyward/agent';
import { encodeTpmKeyFile, TPM2B_PUBLIC } from '@keyward/core/tpm2';
import { needsSwtpm, startSwtpm } from '@keyward/testing/custody/swtpm';
import { needs } from '@keyward/testing/debian';
import { makeCertificates, type TestCertificates } from '@keyward/testing/agent/broker';
import { makeDeviceFolder } from '@keyward/testing/agent/device-folder';
import { familyOf, findInMemory, formsOf } from '@keyward/testing/agent/process-memory';
import { startScriptedServer } from '@keyward/testing/agent/scripted-server';
import { start } from './keyward.fixture.ts';

// What an agent opens and holds while it proves itself again and again. The TPM's key is one whose private part the test knows:
// openssl made it, and TPM2_Import took it into the TPM; from there on it is used exactly as a key that was made inside. That
// such a key is nowhere in the agent shows that signing does not bring it there. It is in the memory of swtpm, which is the
// TPM here.

interface Seen {
	/** Files that were opened, by any process of the agent. */
	readonly opened: readonly string[];
	/** Forms of the key that stood in memory, in any snapshot. */
	readonly inMemory: readonly string[];
	/** Snapshots in which its certificate was found: what is looked for can be found there. */
	readonly snapshots: number;
	/** Processes that they are of: the agent and the child that holds its link. */
	readonly processes: number;
	readonly connections: number;
}

/** A server that ends each session at once, so that the device has to sign again. */
const startDroppingServer = async (t: TestContext, certificates: TestCertificates) => {
	const counters = { connections: 0 };
	const url = await startScriptedServer(t, certificates, (packet) => {
		if (packet.cmd !== 'connect') return [];
		counters.connections += 1;
		return [
			{ cmd: 'connack', sessionPresent: false, reasonCode: 0 },
			{ cmd: 'disconnect', reasonCode: 0x8b },
		];
	});
	return { url, counters };
};

/** Whether the process runs: one that ended has no memory, though its parent has not asked for its end yet. */
const isAlive = (pid: number): boolean => {
	try {
		return !/^State:\tZ/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'));
	} catch {
		return false;
	}
};

/** Runs `keyward device run` under strace, looks into its processes while it connects, and says what was seen. */
const watch = async (
	t: TestContext,
	home: string,
	counters: { readonly connections: number },
	scalar: Uint8Array,
	publicX: Uint8Array,
): Promise<Seen> => {
	const log = join(home, 'strace.log');
	const strace = ['strace', '-f', '--seccomp-bpf', '-qq', '-e', 'trace=openat,open,creat', '-o', log];
	const child = start(['device', 'run', '--folder', home, '--source', 'stdin', '--json'], undefined, strace);
	child.stderr?.pipe(process.stderr);
	child.stdout?.resume();
	const over = once(child, 'close');
	t.after(() => child.kill('SIGKILL'));
	const inMemory = new Set<string>();
	const processes = new Set<number>();
	let snapshots = 0;
	let lookedAt = 0;
	const enough = (): boolean => counters.connections >= 4 && snapshots >= 3 && processes.size >= 2;
	for (const end = Date.now() + 240_000; !enough() && Date.now() < end; await sleep(50)) {
		// It signed again: to look more often shows nothing new.
		if (counters.connections === lookedAt) continue;
		lookedAt = counters.connections;
		for (const pid of familyOf(child.pid ?? 0).slice(1)) {
			const found = findInMemory(pid, { ...formsOf(scalar), public: Buffer.from(publicX) });
			// It ended between the two looks.
			if (found === null && !isAlive(pid)) continue;
			assert.ok(found !== null, 'this system lets nobody look into memory');
			if (found.delete('public')) {
				snapshots += 1;
				processes.add(pid);
			}
			for (const form of found) inMemory.add(form);
		}
	}
	const { connections } = counters;
	const [, ...pids] = familyOf(child.pid ?? 0);
	for (const pid of pids.slice(0, 1)) process.kill(pid, 'SIGTERM');
	await over;
	const opened = readFileSync(log, 'utf8')
		.split('\n')
		.filter((line) => / = \d+$/.test(line))
		.map((line) => /"([^"]*)"/.exec(line)?.[1] ?? '');
	return { opened, inMemory: [...inMemory].toSorted(), snapshots, processes: processes.size, connections };
};

/** The private number and the public point's first half of a PEM key file. */
const numbersOf = (file: string): { scalar: Uint8Array; publicX: Uint8Array } => {
	const { d = '', x = '' } = createPrivateKey(readFileSync(file)).export({ format: 'jwk' });
	return { scalar: new Uint8Array(Buffer.from(d, 'base64url')), publicX: new Uint8Array(Buffer.from(x, 'base64url')) };
};

/** True where strace may trace; skips otherwise. */
const needsStrace = (t: TestContext): boolean => {
	if (!needs(t, 'strace')) return false;
	if (spawnSync('strace', ['-f', '--seccomp-bpf', '-o', '/dev/null', 'true']).status === 0) return true;
	t.skip('needs leave to trace processes (ptrace), which this system does not give');
	return false;
};

test('an agent with its key in a file opens its key folder, and has the key in memory', async (t) => {
	if (!needs(t, 'openssl') || !needsStrace(t)) return;
	const certificates = makeCertificates();
	const { url, counters } = await startDroppingServer(t, certificates);
	const home = await makeDeviceFolder(url, certificates);
	const { scalar, publicX } = numbersOf(join(certificates.folder, 'probe.key'));
	const { opened, inMemory, snapshots, processes, connections } = await watch(t, home, counters, scalar, publicX);
	assert.ok(connections >= 4 && snapshots >= 3 && processes >= 2, `${connections}, ${snapshots}, ${processes}`);
	assert.ok(opened.includes(join(home, 'keys', 'tls.key')));
	// As a file's bytes it may be overwritten by then; as a number it stays.
	assert.ok(inMemory.includes('little-endian'), inMemory.join(', '));
});

test('an agent with its key in a TPM opens no key folder, and the key is not in its memory while it signs', async (t) => {
	if (!needsSwtpm(t, 'tpm2-tools') || !needs(t, 'openssl') || !needsStrace(t)) return;
	if (!needs(t, 'engines-3/pkcs11.so')) return;
	if (!needs(t, 'pkcs11/libtpm2_pkcs11.so')) return;
	const certificates = makeCertificates();
	const { url, counters } = await startDroppingServer(t, certificates);
	const home = await makeDeviceFolder(url, certificates);
	const known = join(certificates.folder, 'probe.key');
	const { scalar, publicX } = numbersOf(known);

	const tpm = await startSwtpm(t);
	await tpm.run('tpm2_createprimary', '-Q', '-C', 'o', '-G', 'ecc256:aes128cfb', '-c', 'srk.ctx');
	await tpm.run('tpm2_evictcontrol', '-Q', '-C', 'o', '-c', 'srk.ctx', '0x81000001');
	await tpm.run('tpm2_flushcontext', '-t');
	const files = ['-u', 'key.pub', '-r', 'key.priv'];
	await tpm.run('tpm2_import', '-Q', '-C', '0x81000001', '-G', 'ecc', '-i', known, ...files);
	await mkdir(join(home, 'tpm'), { mode: 0o700 });
	const file = {
		emptyAuth: true,
		description: null,
		rsaParent: false,
		parent: 0x8100_0001,
		publicArea: TPM2B_PUBLIC.unmarshal(readFileSync(join(tpm.folder, 'key.pub'))),
		privateArea: Uint8Array.from(readFileSync(join(tpm.folder, 'key.priv')).subarray(2)),
	};
	writeFileSync(join(home, 'tpm', 'tls.tss2.pem'), encodeTpmKeyFile(file), { mode: 0o600 });
	const record = JSON.parse(readFileSync(join(home, 'identity.json'), 'utf8')) as object;
	const hardware = { custody: 'tpm2', tcti: tpm.tcti };
	writeFileSync(join(home, 'identity.json'), JSON.stringify({ ...record, hardware }));

	// The key folder is still there, with the very key, and nobody touches it.
	assert.ok(existsSync(join(home, 'keys', 'tls.key')));
	const { opened, inMemory, snapshots, processes, connections } = await watch(t, home, counters, scalar, publicX);
	assert.ok(connections >= 4 && snapshots >= 3 && processes >= 2, `${connections}, ${snapshots}, ${processes}`);
	assert.deepEqual(
		opened.filter((path) => path.startsWith(join(home, 'keys')) || path.endsWith('.key')),
		[],
	);
	assert.ok(opened.includes(join(home, 'tpm', 'tls.tss2.pem')));
	assert.deepEqual(inMemory, []);
	// This way to the TPM serves one program at a time: enough for a link, too little for a new certificate.
	const identity = await openIdentity(home);
	await assert.rejects(renewIfDue(identity, identity.leaf.notAfter - 1), {
		code: 'tpm-unreachable',
		detail: /one program at a time/,
	});
});
