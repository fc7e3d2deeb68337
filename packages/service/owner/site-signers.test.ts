import assert from 'node:assert/strict';
import { test } from 'node:test';
import { hours } from '@keyward/core';
import { type KeyEvidence, softwareKey } from '@keyward/core/device';
import { expandParameters, type Policy, readPolicy } from '@keyward/core/policy';
import { checkInventory, findSubject, inventoryGraph, reachReport, siteInventory } from '@keyward/core/reach';
import { makeEphemeralKey } from '@keyward/custody';
import { makeOwner, rosterText, withRoster } from '@keyward/testing/owner/owner';
import { siteSigners } from './site-signers.ts';

const now = Date.now();
const text = `application: hall
level: { authenticity: 2, authorization: 4, integrity: 1, confidentiality: 3, adaptability: 0, resistance: 0 }
mode: enforce
streams:
  level: { unit: m, every: 1s, readers: [desk] }
devices:
  probe: { custody: [software], streams: [level] }
`;
const policyOf = (): Policy => {
	const read = readPolicy(text);
	assert.ok('policy' in read, JSON.stringify(read));
	return read.policy;
};

test('who signs releases, rosters and commands is in the graph of a site, each by as many keys as must sign together', async () => {
	const { keys, repository } = await makeOwner(now);
	const [anna, bert] = [makeEphemeralKey(), makeEphemeralKey()];
	const expires = new Date(now + hours(1)).toISOString();
	const commander = (key: Uint8Array) => ({ key: Buffer.from(key).toString('base64'), expires });
	const rostered = await withRoster(
		repository,
		rosterText(1, now, hours(2), {
			commanders: { anna: commander(anna.publicKey), bert: commander(bert.publicKey) },
			signers: { command: 1, dangerous: 2 },
		}),
		keys.slice(0, 2),
	);
	const owner = siteSigners({ repository: () => rostered });
	assert.ok(owner);
	assert.deepEqual([owner.root.threshold, owner.root.keys.length, owner.online.keys.length], [2, 3, 1]);
	const policy = policyOf();
	const facts = {
		principals: ['probe-1', 'probe-2'].map((id) => ({
			...({ kind: 'device', application: 'hall', class: 'probe', id } as const),
			certificates: [],
		})),
		...{ policies: [policy], grants: [], authorities: [], now },
	};
	const inventory = checkInventory(siteInventory({ ...facts, owner }));
	const { graph, owners } = inventoryGraph(inventory);
	const fallen = (subject: string, kind: string): number => {
		const found = reachReport({ graph, owners }, findSubject(graph, subject)).falls.find((one) => one.kind === kind);
		return (found?.certain ?? 0) + (found?.inHand ?? 0);
	};
	// Two must sign together: one commander alone gives no dangerous command, and the service none at all.
	assert.equal(fallen('commander hall/anna', 'commands'), 0);
	assert.equal(fallen('service', 'commands'), 0);
	assert.equal(fallen('commands of hall', 'commands'), 2);
	// Who signs rosters names the commanders, and the readers of what is sealed from then on.
	assert.equal(fallen('rosters of hall', 'commands'), 2);
	assert.equal(fallen('rosters of hall', 'key-epoch'), 2);
	assert.equal(fallen("root of the site's owner", 'commands'), 2);
	const [root = ''] = owner.root.keys;
	assert.equal(fallen(`key:${root.slice(0, 16)}`, 'commands'), 0);
	// The online key is the service's: with it dates can be held back, and nothing else falls.
	assert.equal(fallen('service', 'owner-role'), 1);
	const [online = ''] = owner.online.keys;
	assert.deepEqual(
		[fallen(`key:${online.slice(0, 16)}`, 'owner-role'), fallen(`key:${online.slice(0, 16)}`, 'commands')],
		[1, 0],
	);

	// Without an owner, and where the policy asks for no signed commands, the service commands.
	const lax = { ...policy, parameters: { ...expandParameters(policy.level), 'signed-commands': null } };
	const before = inventoryGraph(checkInventory(siteInventory({ ...facts, policies: [lax], owner: null })));
	const service = reachReport(before, findSubject(before.graph, 'service'));
	assert.equal(service.falls.find(({ kind }) => kind === 'commands')?.certain, 2);
	// A role that no number of its keys can sign for does not count.
	const alone = {
		...owner,
		rosters: new Map([['hall', { ...(owner.rosters.get('hall') ?? assert.fail()), commanders: [] }]]),
	};
	const silent = siteInventory({ ...facts, owner: alone });
	assert.equal(silent.devices[0]?.commandRole, null);
});

test('a device with an emulated part is named with why its key counts as a file here, one that only claims its part is not', () => {
	const device = (id: string, evidence: Partial<KeyEvidence>) => ({
		...({ kind: 'device', application: 'hall', class: 'probe', id } as const),
		certificates: [{ key: `key of ${id}`, evidence: { ...softwareKey, custody: 'tpm2', ...evidence } as const }],
	});
	const { devices, assumptions } = siteInventory({
		...{ policies: [policyOf()], grants: [], authorities: [], owner: null, now },
		principals: [
			device('real', { proof: 'attested' }),
			device('claimed', {}),
			device('swtpm', { proof: 'attested', emulated: true }),
		],
	});
	assert.deepEqual(
		devices.map(({ keys }) => keys[0]?.custody),
		['tpm2', 'software', 'software'],
	);
	const why = assumptions.filter((one) => one.includes('a file'));
	assert.match(why[0] ?? '', /^1 device or reader only claims its part/);
	assert.match(why[1] ?? '', /^EMULATED: who has the files of its program has the key\. hall\/swtpm: /);
});
