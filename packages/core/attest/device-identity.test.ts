import assert from 'node:assert/strict';
import { test } from 'node:test';
import { testSigner } from '../format/signer.fixture.ts';
import { judgeDeviceIdentity } from './device-identity.ts';
import { endorse, makeAuthority, manufacturerOf, now } from './paper-tpm.fixture.ts';

const root = await makeAuthority('parts');
const trust = { manufacturers: [manufacturerOf(root)], revoked: new Set<string>(), deniedFirmware: [] };
const { publicKey } = testSigner();
const reasonFor = (certificate: Uint8Array): string => {
	const found = judgeDeviceIdentity([certificate], null, { trust, now });
	return 'refusal' in found ? `${found.refusal.code}: ${found.refusal.reason}` : 'believed';
};

test('other certificates of the same manufacturer identify no part', async () => {
	const codeSigning = '1.3.6.1.5.5.7.3.3';
	assert.match(reasonFor(await endorse(root, { publicKey, purpose: codeSigning })), /^endorsement-chain: .*purpose/);
	// The certificate of a TPM's endorsement key, which signs no requests.
	assert.match(reasonFor(await endorse(root, { publicKey })), /^endorsement-chain: .*purpose/);
	const client = '1.3.6.1.5.5.7.3.2';
	const authority = await endorse(root, { publicKey, authority: true, purpose: client });
	assert.match(reasonFor(authority), /^endorsement-chain: .*authority/);
	assert.match(reasonFor(await endorse(root, { publicKey, purpose: client })), /^endorsement-chain: .*serialNumber/);
});
