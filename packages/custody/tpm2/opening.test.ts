import assert from 'node:assert/strict';
import { test } from 'node:test';
import { SRK_ECC_P256, TPM_RC, TPM_RH } from '@keyward/core/tpm2';
import { needsSwtpm, startSwtpm } from '@keyward/testing/custody/swtpm';
import {
	command,
	createPrimary,
	type Handle,
	openSwtpm,
	openTpm,
	startSaltedSession,
	TPM2_GetRandom,
	type Transport,
} from './index.ts';

const answer = (code: number): Uint8Array => Uint8Array.of(0x80, 0x01, 0, 0, 0, 10, 0, 0, code >> 8, code & 0xff);

test('a TPM that answers "later" while it is opened is waited for', async (t) => {
	if (!needsSwtpm(t)) return;
	const swtpm = await startSwtpm(t);
	const codes = [TPM_RC.RETRY, TPM_RC.TESTING, TPM_RC.YIELDED, TPM_RC.RETRY, TPM_RC.NV_RATE];
	let opened = 0;
	await using tpm = openTpm(async () => {
		opened += 1;
		const real = await openSwtpm({ path: swtpm.tcti.replace('swtpm:path=', '') });
		const send = (sent: Uint8Array) => {
			const code = codes.shift();
			return code === undefined ? real.send(sent) : Promise.resolve(answer(code));
		};
		return { ...real, send };
	});
	await TPM2_GetRandom(tpm, { bytesRequested: 1 });
	assert.deepEqual([codes.length, opened], [0, 1]);
});

test('an opening that fails, or is busy for too long, leaves no connection behind', async (t) => {
	const bends: readonly (readonly [string, () => Promise<Uint8Array>])[] = [
		['tpm-unreachable', () => Promise.resolve(answer(TPM_RC.RETRY))],
		['tpm-failed', () => Promise.resolve(answer(TPM_RC.FAILURE))],
		['tpm-malformed', () => Promise.resolve(new Uint8Array(9))],
		['tpm-unreachable', () => new Promise(() => {})],
	];
	for (const [code, send] of bends) {
		let open = 0;
		const transport = (): Transport => ({
			send,
			close: () => {
				open -= 1;
				return Promise.resolve();
			},
		});
		const connect = () => {
			open += 1;
			return Promise.resolve(transport());
		};
		const tpm = openTpm(connect, { patience: 20, timeout: 50 });
		// What hangs holds nothing that keeps Node alive.
		const alive = setInterval(() => {}, 1000);
		t.after(() => clearInterval(alive));
		for (let times = 0; times < 3; times++) {
			await assert.rejects(TPM2_GetRandom(tpm, { bytesRequested: 1 }), { code });
			assert.equal(open, 0, code);
		}
		await tpm.close();
		clearInterval(alive);
	}
});

/** Part 3 §28.2: what tpm2-tools do between two of their commands. */
const TPM2_ContextSave = command({
	name: 'TPM2_ContextSave',
	code: 0x162,
	handles: (input: { readonly saveHandle: Handle }) => [input.saveHandle],
	output: (reader) => reader.take(reader.rest),
});

test('saved sessions that nobody brings back keep no new one out', async (t) => {
	if (!needsSwtpm(t)) return;
	const swtpm = await startSwtpm(t);
	const careless = openTpm(swtpm.tcti);
	await using primary = await createPrimary(careless, TPM_RH.OWNER, SRK_ECC_P256);
	for (let saved = 0; saved < 64; saved++) {
		const { session } = await startSaltedSession(careless, primary);
		await TPM2_ContextSave(careless, { saveHandle: { handle: session.handle, name: new Uint8Array() } });
	}
	await careless.close();
	// Behind a resource manager they are not for us to free, and the error says who can.
	await using managed = openTpm(() => openSwtpm({ path: swtpm.tcti.replace('swtpm:path=', '') }), {
		resourceManager: true,
	});
	await using parent = await createPrimary(managed, TPM_RH.OWNER, SRK_ECC_P256);
	await assert.rejects(startSaltedSession(managed, parent), { detail: /--saved-session/ });
	await managed.close();
	await using tpm = openTpm(swtpm.tcti);
	await using again = await createPrimary(tpm, TPM_RH.OWNER, SRK_ECC_P256);
	await using session = await startSaltedSession(tpm, again);
	assert.ok(session.session.handle > 0);
});
