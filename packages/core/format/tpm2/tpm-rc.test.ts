import assert from 'node:assert/strict';
import { test } from 'node:test';
import { baseResponseCode, describeResponseCode, TPM_RC } from './index.ts';

// Names as `tpm2_rc_decode` gives them.
test('response codes in words', () => {
	const cases: readonly (readonly [number, RegExp])[] = [
		[0x100, /^TPM_RC_INITIALIZE/],
		[0x922, /^TPM_RC_RETRY$/],
		[0x902, /^TPM_RC_OBJECT_MEMORY: .*\/dev\/tpmrm0/],
		[0x910, /^TPM_RC_REFERENCE_H0/],
		[0x91a, /^TPM_RC_REFERENCE_S2/],
		[0x18b, /^TPM_RC_HANDLE: .* \(handle 1\)$/],
		[0x28b, /^TPM_RC_HANDLE: .* \(handle 2\)$/],
		[0x98e, /^TPM_RC_AUTH_FAIL: .* \(session 1\)$/],
		[0x1df, /^TPM_RC_INTEGRITY: .* \(parameter 1\)$/],
		[0x2c4, /^TPM_RC_VALUE \(parameter 2\)$/],
		[0x09f, /^TPM_RC_INTEGRITY: [^(]*$/],
		[0x1ff, /^response code 0x1ff$/],
		[0x0a_0902, /layer 10/],
	];
	for (const [code, words] of cases) assert.match(describeResponseCode(code), words);
});

test('a code is the same whatever it is about', () => {
	for (const code of [0x18b, 0x28b, 0x8b]) assert.equal(baseResponseCode(code), TPM_RC.HANDLE);
	assert.equal(baseResponseCode(0x98e), TPM_RC.AUTH_FAIL);
	assert.equal(baseResponseCode(0x1df), TPM_RC.INTEGRITY);
	assert.equal(baseResponseCode(0x922), TPM_RC.RETRY);
});
