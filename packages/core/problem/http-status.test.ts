import assert from 'node:assert/strict';
import { test } from 'node:test';
import { errorCodes } from './code.ts';
import { codeOfStatus, mayPass, statusOf } from './http-status.ts';

test('every code has a status of a failure', () => {
	for (const code of errorCodes) {
		const status = statusOf(code);
		assert.ok(Number.isInteger(status) && status >= 400 && status < 600, `${code}: ${status}`);
	}
});

test('a caller who has not shown who they are gets 401, one who may not gets 403, and what changes by itself is no 4xx', () => {
	for (const code of ['token-spent', 'certificate-revoked', 'ca-retired'] as const) assert.equal(statusOf(code), 401);
	for (const code of ['custody-too-weak', 'csr-subject', 'evidence-missing'] as const)
		assert.equal(statusOf(code), 403);
	for (const code of ['disk-short', 'token-absent', 'key-file', 'service-busy'] as const) {
		assert.equal(statusOf(code), 503);
		assert.ok(mayPass(code));
	}
	assert.ok(mayPass('rekey-limit'));
	// A client that went on after these would hammer the service, or trust an impostor in the end.
	for (const code of ['not-granted', 'certificate-revoked', 'service-not-trusted'] as const) assert.ok(!mayPass(code));
});

test('the code of a status alone has that status, unless it means that the service was not reached', () => {
	const statuses = new Set(errorCodes.map(statusOf));
	for (const status of statuses) {
		const found = statusOf(codeOfStatus(status));
		// 409 and 422 have many meanings, and 429 is the service being busy: none says more to a client that reads a status alone.
		if (![409, 422, 429].includes(status)) assert.equal(found, status);
	}
	assert.equal(codeOfStatus(409), 'request-malformed');
	assert.equal(codeOfStatus(422), 'request-malformed');
	assert.equal(codeOfStatus(429), 'service-busy');
	assert.equal(codeOfStatus(418), 'request-malformed');
	for (const status of [0, 101, 204, 302, 502, 504, 600]) assert.equal(codeOfStatus(status), 'site-unreachable');
	assert.equal(codeOfStatus(507), 'internal');
});
