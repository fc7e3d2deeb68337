import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { type AddressInfo, connect, createServer } from 'node:net';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { type ErrorCode, Problem } from '@keyward/core';
import { objectName, SRK_ECC_P256, TPM_RC, TPM_RH } from '@keyward/core/tpm2';
import { needs } from '@keyward/testing/debian';
import { needsAbrmd, startAbrmd } from '@keyward/testing/custody/abrmd';
import { needsSwtpm, startSwtpm, type TestTpm } from '@keyward/testing/custody/swtpm';
import {
	createPrimary,
	createTpm2Key,
	describeTpm,
	hasResponseCode,
	openCommand,
	openSwtpm,
	openTpm,
	TPM2_GetCapability,
	TPM2_GetRandom,
	TPM2_ReadPublic,
	TPM2_SelfTest,
	TPM2_Shutdown,
	type Tpm,
	TpmError,
	type TpmOptions,
	type Transport,
} from './index.ts';
import { until } from '@keyward/testing/agent/until';

const bytes = new TextEncoder().encode('a reading');
const refused = (code: ErrorCode, words?: RegExp) => (error: unknown) => {
	assert.ok(error instanceof Problem, String(error));
	assert.equal(error.code, code, error.detail);
	if (words !== undefined) assert.match(error.detail, words);
	return true;
};
const transientHandles = async (tpm: Tpm): Promise<number> => {
	const input = { capability: 'handles', property: 0x8000_0000, propertyCount: 64 } as const;
	return (await TPM2_GetCapability(tpm, input)).handles.length;
};

const worksAs = async (tpm: Tpm): Promise<void> => {
	assert.equal((await TPM2_GetRandom(tpm, { bytesRequested: 16 })).randomBytes.length, 16);
	assert.deepEqual((await describeTpm(tpm)).emulator, true);
	await TPM2_SelfTest(tpm, { fullTest: false });
	await tpm.operation(async () => {
		await using primary = await createPrimary(tpm, TPM_RH.OWNER, SRK_ECC_P256);
		const { outPublic, name } = await TPM2_ReadPublic(tpm, { objectHandle: primary.handle });
		assert.deepEqual(objectName(outPublic), name);
	});
	assert.equal(await transientHandles(tpm), 0);
};

test('a swtpm by socket file and by TCP', async (t) => {
	if (!needsSwtpm(t)) return;
	const swtpm = await startSwtpm(t);
	{
		await using tpm = openTpm(swtpm.tcti);
		await worksAs(tpm);
	}
	const relay = createServer((client) => {
		const server = connect(swtpm.tcti.replace('swtpm:path=', ''));
		client.pipe(server).pipe(client);
		client.on('close', () => server.destroy());
	});
	t.after(() => relay.close());
	relay.listen(0, '127.0.0.1');
	await once(relay, 'listening');
	await using tpm = openTpm(`swtpm:host=127.0.0.1,port=${(relay.address() as AddressInfo).port}`);
	await worksAs(tpm);
	await TPM2_Shutdown(tpm, { shutdownType: 'CLEAR' });
});

test('a character device', async (t) => {
	if (!needsSwtpm(t) || !needs(t, 'socat')) return;
	const swtpm = await startSwtpm(t);
	const device = join(swtpm.folder, 'tpm0');
	const path = swtpm.tcti.replace('swtpm:path=', '');
	// A terminal in raw mode passes bytes as a TPM's driver does.
	const bridge = spawn('socat', [`PTY,link=${device},raw,echo=0`, `UNIX-CONNECT:${path}`], { stdio: 'ignore' });
	t.after(() => bridge.kill('SIGKILL'));
	await until('a terminal is there', () => existsSync(device));
	await using tpm = openTpm(`device:${device}`);
	await worksAs(tpm);
	await assert.rejects(
		TPM2_GetRandom(openTpm(`device:${join(swtpm.folder, 'absent')}`), { bytesRequested: 1 }),
		refused('tpm-unreachable', /is there a TPM/),
	);
});

test('tpm2-abrmd by tpm2_send, with sessions and objects of others beside ours', async (t) => {
	if (!needsSwtpm(t) || !needsAbrmd(t)) return;
	const swtpm = await startSwtpm(t);
	const { tcti, busAddress } = await startAbrmd(t, swtpm);
	const open = (): Promise<Transport> =>
		openCommand('env', `DBUS_SESSION_BUS_ADDRESS=${busAddress}`, 'tpm2_send', '--tcti', tcti);
	await using one = openTpm(open, { resourceManager: true });
	await using other = openTpm(open, { resourceManager: true });
	const keys = join(swtpm.folder, 'keys');
	const [first, second] = [await createTpm2Key(one, keys, 'a'), await createTpm2Key(other, keys, 'b')];
	await Promise.all(Array.from({ length: 10 }, (_, index) => (index % 2 === 0 ? first : second).sign(bytes)));
	await worksAs(one);
	await assert.rejects(
		TPM2_GetRandom(
			openTpm(() => openCommand('tpm2_send', '--tcti', 'device:/dev/absent')),
			{ bytesRequested: 1 },
		),
		refused('tpm-unreachable', /tpm2_send ended/),
	);
});

test('names that are no TPM are refused with the ones that are', () => {
	for (const name of ['', 'tpm0', 'mssim:host=localhost', 'swtpm:port=0', 'swtpm:port=x']) {
		assert.throws(() => openTpm(name), refused('tpm-unreachable', /device:\/dev\/tpmrm0/));
	}
});

/** A swtpm whose answers a test bends: what `bend` gives is the answer, null leaves the TPM's own. */
const bent = (
	t: TestContext,
	swtpm: TestTpm,
	bend: () => Uint8Array | Promise<Uint8Array> | null,
	options?: TpmOptions,
) => {
	const opened = { times: 0 };
	const tpm = openTpm(async () => {
		opened.times += 1;
		const real = await openSwtpm({ path: swtpm.tcti.replace('swtpm:path=', '') });
		return { ...real, send: async (command) => bend() ?? real.send(command) };
	}, options);
	t.after(() => tpm.close());
	return { tpm, opened };
};

const answer = (code: number): Uint8Array => Uint8Array.of(0x80, 0x01, 0, 0, 0, 10, 0, 0, code >> 8, code & 0xff);

test('"later" is asked again, with patience that ends', async (t) => {
	if (!needsSwtpm(t)) return;
	const swtpm = await startSwtpm(t);
	const codes = [TPM_RC.RETRY, TPM_RC.YIELDED, TPM_RC.TESTING, TPM_RC.RETRY];
	let armed = false;
	const { tpm } = bent(t, swtpm, () => (armed && codes.length > 0 ? answer(codes.shift() ?? 0) : null));
	await TPM2_GetRandom(tpm, { bytesRequested: 1 });
	armed = true;
	await TPM2_GetRandom(tpm, { bytesRequested: 1 });
	assert.equal(codes.length, 0);
	await tpm.close();
	const busy = bent(t, swtpm, () => (armed ? answer(TPM_RC.RETRY) : null), { patience: 40 });
	armed = false;
	await TPM2_GetRandom(busy.tpm, { bytesRequested: 1 });
	armed = true;
	await assert.rejects(TPM2_GetRandom(busy.tpm, { bytesRequested: 1 }), refused('tpm-unreachable', /busy/));
});

test('a slow TPM runs into the time limit, and its late answer is taken by nobody', async (t) => {
	if (!needsSwtpm(t)) return;
	const swtpm = await startSwtpm(t);
	let slow = false;
	const late = Promise.withResolvers<Uint8Array>();
	// Only the slow answer is held to so short a time, so that a busy machine does not fail the others.
	const options = {
		get timeout() {
			return slow ? 60 : 600_000;
		},
	};
	const { tpm, opened } = bent(t, swtpm, () => (slow ? late.promise : null), options);
	await TPM2_GetRandom(tpm, { bytesRequested: 1 });
	slow = true;
	await assert.rejects(TPM2_GetRandom(tpm, { bytesRequested: 1 }), refused('tpm-unreachable', /within 60 ms/));
	slow = false;
	late.resolve(answer(0));
	assert.equal((await TPM2_GetRandom(tpm, { bytesRequested: 9 })).randomBytes.length, 9);
	assert.equal(opened.times, 2);
});

test('malformed answers', async (t) => {
	if (!needsSwtpm(t)) return;
	const swtpm = await startSwtpm(t);
	const good = Uint8Array.of(0x80, 0x01, 0, 0, 0, 14, 0, 0, 0, 0, 0, 2, 7, 7);
	let next: Uint8Array | null = null;
	const { tpm } = bent(t, swtpm, () => next);
	await TPM2_GetRandom(tpm, { bytesRequested: 2 });
	next = good;
	assert.deepEqual((await TPM2_GetRandom(tpm, { bytesRequested: 2 })).randomBytes, Uint8Array.of(7, 7));
	const cut = good.slice(0, 13);
	const longer = Uint8Array.of(...good, 0);
	const sized = (bytes: Uint8Array): Uint8Array => bytes.map((octet, at) => (at === 5 ? bytes.length : octet));
	const tagged = good.with(1, 0x02);
	for (const wrong of [new Uint8Array(), cut, longer, sized(cut), sized(longer), tagged, good.with(11, 3)]) {
		next = wrong;
		const promise = TPM2_GetRandom(tpm, { bytesRequested: 2 });
		await assert.rejects(promise, refused('tpm-malformed'));
		next = null;
		await TPM2_GetRandom(tpm, { bytesRequested: 2 });
	}
});

test('a server that speaks unasked or closes midway', async (t) => {
	const server = createServer((socket) => {
		socket.on('error', () => {});
		socket.on('data', () => socket.end(Uint8Array.of(0x80, 0x01)));
	});
	t.after(() => server.close());
	server.listen(0, '127.0.0.1');
	await once(server, 'listening');
	const { port } = server.address() as AddressInfo;
	const half = await openSwtpm({ host: '127.0.0.1', port });
	await assert.rejects(half.send(bytes), refused('tpm-unreachable', /closed/));
	await half.close();
	server.on('connection', (socket) => socket.write(answer(0)));
	const eager = await openSwtpm({ host: '127.0.0.1', port });
	await until('the connection is lost', () => eager.lost === true);
	await assert.rejects(eager.send(bytes), refused('tpm-malformed', /not asked/));
	await eager.close();
});

test('killed midway, the error is clear; started again, the same key signs', async (t) => {
	if (!needsSwtpm(t)) return;
	const swtpm = await startSwtpm(t);
	await using tpm = openTpm(swtpm.tcti);
	const key = await createTpm2Key(tpm, join(swtpm.folder, 'keys'), 'a');
	await key.sign(bytes);
	const signing = Promise.allSettled(Array.from({ length: 200 }, () => key.sign(bytes)));
	await sleep(10);
	await swtpm.kill();
	const outcomes = await signing;
	const failed = outcomes.flatMap((one) => (one.status === 'rejected' ? [one.reason as unknown] : []));
	assert.ok(failed.length > 0 && failed.length < 200, `${failed.length} of 200 failed`);
	for (const error of failed) refused('tpm-unreachable')(error);
	await assert.rejects(key.sign(bytes), refused('tpm-unreachable'));
	await swtpm.start();
	await key.sign(bytes);
});

test('stopped and started between two uses, nobody notices', async (t) => {
	if (!needsSwtpm(t)) return;
	const swtpm = await startSwtpm(t);
	await using tpm = openTpm(swtpm.tcti);
	const key = await createTpm2Key(tpm, join(swtpm.folder, 'keys'), 'a');
	await key.sign(bytes);
	await swtpm.kill();
	await swtpm.start();
	await sleep(20);
	await key.sign(bytes);
});

test('a reset under an open connection: signing goes on, another operation says what happened', async (t) => {
	if (!needsSwtpm(t)) return;
	const swtpm = await startSwtpm(t);
	await using tpm = openTpm(swtpm.tcti);
	const key = await createTpm2Key(tpm, join(swtpm.folder, 'keys'), 'a');
	await key.sign(bytes);
	await swtpm.reset();
	await key.sign(bytes);
	await swtpm.reset();
	await assert.rejects(TPM2_GetRandom(tpm, { bytesRequested: 1 }), (error) => {
		refused('tpm-failed', /not started after a reset/)(error);
		return hasResponseCode(error, TPM_RC.INITIALIZE);
	});
	await key.sign(bytes);
});

test('what was left in the slots by one that was cut off is freed', async (t) => {
	if (!needsSwtpm(t)) return;
	const swtpm = await startSwtpm(t);
	const careless = openTpm(swtpm.tcti);
	for (let slot = 0; slot < 3; slot++) await createPrimary(careless, TPM_RH.OWNER, SRK_ECC_P256);
	await assert.rejects(
		createPrimary(careless, TPM_RH.OWNER, SRK_ECC_P256),
		(error) => error instanceof TpmError && error.responseCode === TPM_RC.OBJECT_MEMORY,
	);
	await careless.close();
	await using tpm = openTpm(swtpm.tcti);
	assert.equal(await transientHandles(tpm), 0);
	await worksAs(tpm);
});

test('a Tpm that was let go connects again when it is used', async (t) => {
	if (!needsSwtpm(t)) return;
	const swtpm = await startSwtpm(t);
	const tpm = openTpm(swtpm.tcti);
	await TPM2_GetRandom(tpm, { bytesRequested: 1 });
	await tpm.close();
	await using other = openTpm(swtpm.tcti);
	await worksAs(other);
	await other.close();
	await worksAs(tpm);
	await tpm.close();
});
