import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { cp, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { temporaryFolder } from '@keyward/testing/folder';
import type { Hardware } from '@keyward/agent';
import { days, Problem } from '@keyward/core';
import { addSignature, judgeCommand, readCommand, signCommand } from '@keyward/core/command';
import { makeEphemeralKey } from '@keyward/custody';
import { beginRepository, readRepository } from '@keyward/owner';
import { needsSoftHsm, SOFTHSM_MODULE, startSoftHsm } from '@keyward/testing/custody/softhsm';
import { needsSwtpm, startSwtpm } from '@keyward/testing/custody/swtpm';
import { rosterText, signedBy, withRoster } from '@keyward/testing/owner/owner';
import { makeRelease, withRelease } from '@keyward/testing/owner/releases';
import { openOrMakeOwner, openOwner } from './owner-folder.ts';
import { openOrMakeCommander } from './signing-key.ts';

const makePlace = async () => {
	const place = temporaryFolder('kw-signer-');
	return (name: string): string => join(place, name);
};

const failsAs =
	(code: string, detail: RegExp) =>
	(error: unknown): boolean =>
		error instanceof Problem && error.code === code && detail.test(error.detail);

test('an owner with one key in a PKCS#11 token and one in a TPM signs a root, a roster and a release; so do commanders', async (t) => {
	if (!needsSoftHsm(t) || !needsSwtpm(t)) return;
	const [hsm, tpm, at] = await Promise.all([startSoftHsm('signer'), startSwtpm(t), makePlace()]);
	t.after(() => hsm.close());
	const pinFile = at('pin');
	await writeFile(pinFile, 'a PIN\n', { mode: 0o600 });
	const token: Hardware = { custody: 'pkcs11', module: SOFTHSM_MODULE, token: hsm.token, pinFile: hsm.pinFile };
	const chip: Hardware = { custody: 'tpm2', tcti: tpm.tcti, pinFile };
	const owners = [
		await openOrMakeOwner(at('token'), token, undefined),
		await openOrMakeOwner(at('chip'), chip, undefined),
	];
	const signers = owners.map(({ signer }) => signer);
	// Nothing that could sign elsewhere is in a folder.
	assert.deepEqual([existsSync(at('token/keys')), existsSync(at('chip/keys'))], [false, false]);
	assert.deepEqual(await readdir(at('chip/tpm')), ['keyward-owner.tss2.pem']);

	const now = Date.now();
	const terms = {
		keys: signers.map(({ publicKey }) => publicKey),
		...{ threshold: 2, online: makeEphemeralKey().publicKey, now, lasts: days(365) },
	};
	const begun = await signedBy({ base: {}, files: beginRepository(terms) }, signers);
	const commanders = {
		anna: await openOrMakeCommander(at('anna'), { hardware: token, key: 'anna' }),
		ben: await openOrMakeCommander(at('ben'), { hardware: chip }),
	};
	const onRoster = Object.entries(commanders).map(([name, { publicKey }]) => {
		const key = Buffer.from(publicKey).toString('base64');
		return [name, { key, expires: new Date(now + days(1)).toISOString() }] as const;
	});
	const text = rosterText(1, now, days(1), {
		commanders: Object.fromEntries<object>(onRoster),
		signers: { command: 1, dangerous: 2 },
	});
	const withCommanders = await withRoster(readRepository(begun, null), text, signers);
	const whole = await withRelease(withCommanders, makeRelease('1.0.0'), signers, now);
	assert.equal(whole.releases.get('hall')?.releases[0]?.release.release, '1.0.0');

	const content = { application: 'hall', device: 'probe-1', name: 'restart', commander: 'anna', sequence: now };
	const one = await signCommand({ ...content, issued: now, expires: now + 1000 }, commanders.anna);
	const roster = withCommanders.rosters.get('hall')?.roster ?? null;
	const asked = { application: 'hall', device: 'probe-1', roster, known: true, last: -1, begun: now };
	assert.equal(judgeCommand(readCommand(one), asked, now)?.code, 'command-signers');
	const both = readCommand(await addSignature(one, await openOrMakeCommander(at('ben'), {})));
	assert.equal(judgeCommand(both, asked, now), null);

	// A folder that was copied signs nothing without its part.
	await cp(at('chip'), at('copied'), { recursive: true });
	await tpm.kill();
	await assert.rejects((await openOwner(at('copied'))).signer.sign(message), failsAs('tpm-unreachable', /./));
	await hsm.remove();
	await assert.rejects(openOwner(at('token')), failsAs('token-absent', /./));
});

const message = new Uint8Array(32);

test('who asks for a key in hardware does not sign with one in a file, nor with another part', async () => {
	const at = await makePlace();
	const chip: Hardware = { custody: 'tpm2', tcti: 'swtpm:path=/nonexistent' };
	const [owner, commander] = [at('owner'), at('commander')];
	const made = await openOrMakeOwner(owner, undefined, undefined);
	const again = await openOrMakeOwner(owner, undefined, undefined);
	assert.deepEqual(again.signer.publicKey, made.signer.publicKey);
	await assert.rejects(openOrMakeOwner(owner, chip, undefined), failsAs('key-file', /in a file: leave --custody out/));
	const { publicKey } = await openOrMakeCommander(commander, {});
	assert.deepEqual((await openOrMakeCommander(commander, {})).publicKey, publicKey);
	await assert.rejects(openOrMakeCommander(commander, { hardware: chip }), failsAs('key-file', /in a file/));
	// What opens the keys is in their folders too: a copy of a folder is a whole one.
	assert.deepEqual((await readdir(at('.'))).toSorted(), ['commander', 'owner']);
	await writeFile(join(owner, 'owner.json'), '{');
	await assert.rejects(openOrMakeOwner(owner, undefined, undefined), failsAs('key-file', /is damaged/));
});
