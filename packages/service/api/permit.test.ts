import assert from 'node:assert/strict';
import { X509Certificate } from 'node:crypto';
import { test } from 'node:test';
import { Problem } from '@keyward/core';
import type { Caller } from '@keyward/core/authorize';
import { type OperationName, operations } from '@keyward/contract';
import { startSite } from '@keyward/testing/service/site';
import { openSqliteStore } from '@keyward/store';
import { createObservations } from '../evidence/observations.ts';
import { openGrants } from '../policy/grants.ts';
import { openPolicies } from '../policy/policies.ts';
import { createDispatch } from './dispatch.ts';
import { createPermit } from './permit.ts';

const link = { protocol: 'TLSv1.3', groups: 'any' } as const;

/** Who may call what. Whatever is not written here is refused. */
const expected: Readonly<Record<'operator' | 'reader' | 'device' | 'anonymous' | 'unknown', readonly string[]>> = {
	operator: Object.keys(operations).filter(
		(name) => !['streams.list', 'readings.read', 'key.register', 'update.assignment'].includes(name),
	),
	reader: ['readings.read', 'streams.list', 'key.register', 'owner.file'],
	device: ['key.register', 'owner.file', 'update.assignment'],
	anonymous: [],
	// A certificate that chains, and that nobody wrote into the registry.
	unknown: [],
};

test('every operation × every kind of caller: only who is named gets past `authorize`, with no listener before it', async (t) => {
	const site = await startSite(t);
	const fingerprintOf = (certificate: string): string =>
		new X509Certificate(certificate).fingerprint256.replaceAll(':', '').toLowerCase();
	const shown = (certificate: string): Caller => ({
		...{ kind: 'certificate', fingerprint: fingerprintOf(certificate), link },
	});
	const device = await site.commissionDevice('hall', 'probe-1');
	const reader = await site.commissionReader('hall', 'desk');
	await site.grant('hall', 'desk', 'probe-1', 'dose-rate');
	await site.stop();

	const store = openSqliteStore(site.folder);
	const observations = createObservations(store, (error) => assert.fail(String(error)));
	t.after(async () => {
		await observations.stop();
		await store.close();
	});
	const permit = createPermit({
		...{ store, observations, issuerCounts: () => true, clock: { now: () => Date.now() } },
		...{ policies: await openPolicies(store, () => {}), grants: await openGrants(store), onRefused: () => {} },
	});
	const callers: Readonly<Record<keyof typeof expected, Caller>> = {
		operator: { kind: 'operator' },
		reader: shown(reader.tls.cert),
		device: shown(device.tls.cert),
		anonymous: { kind: 'anonymous', link },
		unknown: { kind: 'certificate', fingerprint: '00'.repeat(32), link },
	};
	const dose = { application: 'hall', device: 'probe-1', stream: 'dose-rate', after: 0, limit: 1 };
	for (const [who, caller] of Object.entries(callers)) {
		const passed: string[] = [];
		for (const name of [...Object.keys(operations), 'no.such', '__proto__', 'constructor']) {
			try {
				await permit(caller, name, dose);
				passed.push(name);
			} catch (error) {
				if (!(error instanceof Problem)) throw error;
			}
		}
		assert.deepEqual(passed.toSorted(), expected[who as keyof typeof expected].toSorted(), who);
	}
	// The same on the way to an answer: with none behind it, whoever got further would fail otherwise.
	const dispatch = createDispatch(
		permit,
		{} as never,
		{ record: () => assert.fail('recorded before it was allowed') },
		{ mustHave: () => assert.fail('looked up before it was allowed') },
	);
	for (const name of ['grant.list', 'no.such'] as OperationName[]) {
		await assert.rejects(
			dispatch(name, {}, callers.device),
			(error: unknown) => error instanceof Problem && error.code === 'not-granted',
		);
	}
});
