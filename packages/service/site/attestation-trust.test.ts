import assert from 'node:assert/strict';
import { hash } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { temporaryFolder } from '@keyward/testing/folder';
import { Problem } from '@keyward/core';
import { revocationsOf } from '@keyward/core/attest';
import { encodePem } from '@keyward/core/format';
import { makeEphemeralKey } from '@keyward/custody';
import { makePartManufacturer } from '@keyward/testing/service/part-manufacturer';
import { readTrust } from './attestation-trust.ts';
import { readSite } from './read-site.ts';

test('revoked certificates are known by what was signed: by their file, their hash, or an older hash where they are at hand', async () => {
	const folder = temporaryFolder('keyward-revoked-');
	const manufacturer = await makePartManufacturer();
	const part = await manufacturer.identify('0042', makeEphemeralKey().publicKey);
	await writeFile(join(folder, 'root.pem'), encodePem('CERTIFICATE', manufacturer.root));
	await writeFile(join(folder, 'part.pem'), encodePem('CERTIFICATE', part));
	const revokedBy = async (entry: string): Promise<string[]> => {
		const read = readSite(`manufacturers: [{ name: mill, anchors: [root.pem], revoked: ['${entry}'] }]\n`, folder);
		assert('site' in read, JSON.stringify(read));
		return [...(await readTrust(read.site)).revoked];
	};
	const [tbs = ''] = revocationsOf(part);
	assert.deepEqual(await revokedBy('part.pem'), revocationsOf(part));
	assert.deepEqual(await revokedBy(tbs), [tbs]);
	assert.deepEqual(await revokedBy('serial:0042'), ['serial:0042@mill']);
	assert.deepEqual(await revokedBy(hash('sha256', manufacturer.root)), revocationsOf(manufacturer.root));
	await assert.rejects(
		revokedBy(hash('sha256', part)),
		(error) => error instanceof Problem && error.code === 'site-configuration' && /tbs:/.test(error.detail),
	);
});
