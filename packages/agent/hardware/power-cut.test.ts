import assert from 'node:assert/strict';
import { createPublicKey, verify } from 'node:crypto';
import { once } from 'node:events';
import { connect, createServer } from 'node:net';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { openTpm, TPM2_GetCapability } from '@keyward/custody/tpm2';
import { makeTpmManufacturer, needsSwtpm, startSwtpm, type TestTpm } from '@keyward/testing/custody/swtpm';
import { openOrMakeTpm2Key, openTpm2Signer, type Tpm2Location } from './tpm2.ts';

const bytes = new TextEncoder().encode('a reading');
const CUTS = 36;

/** A TPM's supply that is cut once it has answered so many commands; the last answer gets lost with it, or does not. */
const supplyOf = async (t: TestContext, swtpm: TestTpm) => {
	const state = { left: Infinity, loseAnswer: false, cut: Promise.resolve<unknown>(null) };
	const server = createServer((client) => {
		const tpm = connect(swtpm.tcti.replace('swtpm:path=', ''));
		for (const socket of [client, tpm]) socket.on('error', () => {});
		client.on('close', () => tpm.destroy());
		tpm.on('close', () => client.destroy());
		const cut = (): void => {
			client.destroy();
			state.cut = Promise.all([state.cut, swtpm.kill()]);
		};
		client.on('data', (command) => (state.left === 0 ? cut() : tpm.write(command)));
		tpm.on('data', (answer) => {
			state.left -= 1;
			if (state.left === 0 && state.loseAnswer) cut();
			else client.write(answer);
		});
	});
	t.after(() => server.close());
	const path = join(swtpm.folder, 'supply');
	server.listen(path);
	await once(server, 'listening');
	return { state, tcti: `swtpm:path=${path}` };
};

const lockoutCounter = async (tcti: string): Promise<number | undefined> => {
	await using tpm = openTpm(tcti);
	const input = { capability: 'properties', property: 0x20e, propertyCount: 1 } as const;
	return (await TPM2_GetCapability(tpm, input)).properties.get(0x20e);
};

const makeAndSign = async (place: Tpm2Location, name: string): Promise<boolean> => {
	{
		await using held = await openOrMakeTpm2Key(place, name);
		assert.ok(held.attestor !== null);
	}
	const { publicKey, sign } = await openTpm2Signer(place, name);
	const key = createPublicKey({ key: Buffer.from(publicKey), format: 'der', type: 'spki' });
	for (let times = 0; times < 3; times++) {
		if (!verify('sha256', bytes, key, await sign(bytes))) return false;
	}
	return true;
};

test(`${CUTS} power cuts, one after each command of making keys and signing: the device still signs`, async (t) => {
	if (!needsSwtpm(t)) return;
	const swtpm = await startSwtpm(t, { manufacturer: await makeTpmManufacturer() });
	const { state, tcti } = await supplyOf(t, swtpm);
	const place = { tcti, folder: join(swtpm.folder, 'keys') };
	for (let cut = 1; cut <= CUTS; cut++) {
		Object.assign(state, { left: cut, loseAnswer: cut % 2 === 0 });
		await assert.rejects(makeAndSign(place, `after-${cut}`), { code: 'tpm-unreachable' }, `command ${cut} was reached`);
		await state.cut;
		state.left = Infinity;
		await swtpm.start();
		assert.ok(await makeAndSign(place, `after-${cut}`), `goes on after a cut at command ${cut}`);
	}
	assert.equal(await lockoutCounter(swtpm.tcti), 0);
	assert.ok(await makeAndSign(place, 'after-1'));
});
