import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { openIdentity, renewalDue, renewIfDue } from '@keyward/agent';
import { commission } from '@keyward/agent/commission';
import { minutes, Problem, seconds } from '@keyward/core';
import { parsePolicy } from '@keyward/core/policy';
import { openEst } from './est.fixture.ts';
import { policyText } from './est-site.fixture.ts';

test('a certificate of two minutes: begins a little back, is renewed in time, and not once it is over', async (t) => {
	const { site, registrar, clock, folder } = await openEst(t);
	site.policy = parsePolicy(policyText().replace('30d', '2min'));
	const { commissioning } = await registrar.expectDevice('hall', 'probe-1');
	const place = join(folder, 'probe-1');
	await commission({ commissioning, folder: place, kind: 'device', clock, allowPlainKey: true });
	const identity = await openIdentity(place);
	const { notBefore, notAfter } = identity.leaf;
	assert.equal(notAfter - notBefore, minutes(2));
	// Backdated by a tenth of its life: the five minutes of a long one would be more than all of it.
	const behind = Date.now() - notBefore;
	assert.ok(behind >= seconds(12) && behind < seconds(20), `${behind} ms`);

	const due = renewalDue(identity);
	assert.equal(await renewIfDue(identity, due - 1), false);
	clock.offset = due - Date.now();
	assert.equal(await renewIfDue(identity, due), true);
	const { leaf } = await openIdentity(place);
	assert.equal(leaf.notAfter - leaf.notBefore, minutes(2));
	assert.ok(leaf.notAfter > notAfter && leaf.notBefore < notAfter, 'the two overlap');

	// The registrar's clock says that the old one is over, whatever the device's says.
	clock.offset = notAfter + 1000 - Date.now();
	await assert.rejects(
		renewIfDue(identity, due),
		(error) => error instanceof Problem && error.code === 'certificate-expired',
	);
});
