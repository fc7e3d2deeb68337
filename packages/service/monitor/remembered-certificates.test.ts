import assert from 'node:assert/strict';
import { test } from 'node:test';
import { rememberCertificates } from './remembered-certificates.ts';

const probe = { kind: 'device', application: 'hall', id: 'probe-1' } as const;

test('certificates are asked for once until the registry changes, and again after a failure', async () => {
	let [asked, version, fails] = [0, 1, false];
	const remembered = rememberCertificates(
		{
			certificates: async () => {
				asked++;
				if (fails) throw new Error('the disk is gone');
				return [];
			},
			holders: async () => [{ ...probe, id: `holder-${version}` }],
		},
		() => version,
	);
	await remembered.certificates(probe);
	await remembered.certificates({ ...probe });
	assert.equal(asked, 1);
	await remembered.certificates({ ...probe, kind: 'reader' });
	assert.equal(asked, 2);
	assert.deepEqual(await remembered.holders(Uint8Array.of(1)), [{ ...probe, id: 'holder-1' }]);
	version = 2;
	assert.deepEqual(await remembered.holders(Uint8Array.of(1)), [{ ...probe, id: 'holder-2' }]);
	fails = true;
	await assert.rejects(remembered.certificates(probe), /the disk is gone/);
	fails = false;
	assert.deepEqual(await remembered.certificates(probe), []);
});
