import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Problem } from '../problem/problem.ts';
import { checkInventory, MOST_ROWS } from './check-inventory.ts';
import { graphMl, openGraph } from './export-graph.ts';
import { createExposure } from './exposure.ts';
import { csvInventory, isInventoryCsv } from './import/csv-inventory.ts';
import { cycloneDxInventory } from './import/cyclonedx-inventory.ts';
import { decodeText } from './import/decode.ts';
import { keycheckInventory } from './import/keycheck-inventory.ts';
import { collectMaterials } from './import/material-inventory.ts';
import { inOnePlace } from './import/one-place.ts';
import type { Inventory } from './inventory.ts';
import { inventoryGraph } from './inventory-graph.ts';
import { createFleetReach } from './reach-bound.ts';
import { nothingKnown, sensor, site } from './reach.fixture.ts';

const nameSecret = (secret: string): string => `n(${secret.length})`;
const csv = (text: string): Inventory => checkInventory(csvInventory(text, nameSecret));
const refused = (code: string, words: RegExp) => (error: unknown) =>
	error instanceof Problem && error.code === code && words.test(error.detail);

const values = (inventory: Inventory): string[] => {
	const { graph, owners } = inventoryGraph(inventory);
	return createFleetReach(graph, owners)().map(({ value }) => value);
};

test('a CSV: who shares a key, behind which gateway, in whose hands', () => {
	const text = `kind,device,application,key,psk,custody,ca,gateway,behind,streams,essential,operates
,"pump, 1",hall,k1,,TPM,acme,gw,,flow;level,yes,
,pump-2,hall,shared,,,acme,,,,,
,pump-3,yard,shared,,file,,,,,,
,pump-4,yard,,hunter22,file,,,,,,
gateway,gw,,k9,,,,,far,,,
gateway,far,,,,,,,,,,
ca,acme,,kca,,hsm,,,,,,
person,anna,,kca;k1,,,,,,,,no
`;
	assert.ok(isInventoryCsv(text));
	const inventory = csv(text);
	assert.deepEqual(values(inventory), ['none-and-no-key', 'any', 'any', 'none']);
	assert.equal(inventory.devices[0]?.id, 'hall/pump, 1');
	assert.deepEqual(inventory.devices[0]?.streams, [
		{ name: 'flow', essential: true, sealed: false },
		{ name: 'level', essential: true, sealed: false },
	]);
	assert.equal(inventory.devices[3]?.keys[0]?.key, 'psk n(8)');
	assert.ok(!JSON.stringify(inventory).includes('hunter22'), 'no secret is in an inventory');
	assert.equal(isInventoryCsv('dev_eui,app_key\n1,2\n'), false);
});

test('a CSV in UTF-16, with semicolons, tabs, CRLF', () => {
	const text = 'device;key\r\na;k\r\nb;k\r\n';
	const utf16 = Buffer.concat([Buffer.from([0xff, 0xfe]), Buffer.from(text, 'utf16le')]);
	assert.deepEqual(values(csv(decodeText(utf16))), ['any', 'any']);
	assert.deepEqual(values(csv(text.replaceAll(';', '\t'))), ['any', 'any']);
});

test('a list of secrets holds what the others hold: one id in two applications, or in two spellings, is two devices', () => {
	for (const [list, found] of [
		['device,application,psk\nd1,hall,s\nd1,park,s\n', ['any', 'any']],
		['device,psk\nA1,s\na1,s\n', ['any', 'any']],
		['device,application,secret\nd1,hall,s\nd1,park,s\n', ['any', 'any']],
		['device,psk\nd1,00112233445566AA\nd2,00112233445566aa\n', ['any', 'any']],
		['device,application\nd1,hall\n', ['none-and-no-key']],
	] as const) {
		assert.ok(isInventoryCsv(list));
		assert.deepEqual(values(csv(list)), found);
	}
	assert.match(csv('device,psk\nd1,\n').assumptions.join(' '), /without a key: 1/);
});

test('bad lists are refused by name, with the place', () => {
	assert.throws(
		() => decodeText(Buffer.from('device,key\nm\xe4der,1\n', 'latin1')),
		refused('inventory-encoding', /UTF-8/),
	);
	assert.throws(() => csv('device,custdy,key\na,tpm2,k\n'), refused('inventory-malformed', /did you mean "custody"/));
	assert.throws(() => csv('device,key\n,k\n'), refused('inventory-malformed', /line 2: the column device is empty/));
	assert.throws(() => csv('device,custody\na,safe\n'), refused('inventory-malformed', /line 2: "safe" is no custody/));
	assert.throws(() => csv('device,key\n"a,k\n'), refused('inventory-malformed', /line 2: a quotation mark/));
	assert.throws(() => csv('device,key\na,k,z\n'), refused('inventory-malformed', /line 2: 3 columns/));
	assert.throws(() => csv('device,application,psk\nd1,hall\n'), refused('inventory-malformed', /line 2: 2 columns/));
	assert.throws(() => csv('device,psk\na,s\na,t\n'), refused('inventory-duplicate', /device "a" is there twice/));
	assert.throws(() => csv('device,key,key\na,k,z\n'), refused('inventory-malformed', /two columns/));
	assert.throws(() => csv('device,key\n'), refused('inventory-malformed', /no device/));
	assert.throws(() => csv('device,key\na,1\na,2\n'), refused('inventory-duplicate', /device "a" is there twice/));
	assert.throws(() => csv('device,gateway\na,gw\n'), refused('inventory-contradiction', /gateway "gw"/));
	const circle = 'kind,device,behind\ngateway,a,b\ngateway,b,c\ngateway,c,a\n';
	assert.throws(() => csv(circle), refused('inventory-cycle', /a behind b behind c behind a/));
	const twoPlaces = [
		{ key: 'k', custody: 'tpm2', opensRecorded: false },
		{ key: 'k', custody: 'software', opensRecorded: false },
	] as const;
	assert.throws(
		() => checkInventory({ ...nothingKnown, devices: [sensor('a', { authorities: [], keys: twoPlaces })] }),
		refused('inventory-contradiction', /in tpm2 and in software/),
	);
	const role = { id: 'targets', keys: ['one', 'one'], threshold: 2 };
	assert.throws(
		() => checkInventory({ ...nothingKnown, updateRoles: [role] }),
		refused('inventory-contradiction', /2 of 1 keys/),
	);
	const many = {
		...nothingKnown,
		people: Array.from({ length: MOST_ROWS + 1 }, () => ({ id: '', operatesService: false, keys: [] })),
	};
	assert.throws(() => checkInventory(many), refused('inventory-too-large', /split/));
});

test('a key in a file of one and in a part of another is in a file, and that is said', () => {
	const torn = inOnePlace(csv('device,key,custody\na,k1,tpm2\nb,k1,file\nc,k2,tpm2\n'));
	assert.deepEqual(
		torn.devices.map(({ keys }) => keys[0]?.custody),
		['software', 'software', 'tpm2'],
	);
	assert.match(torn.assumptions.join(' '), /count as files: k1\./);
});

test('a long list is read and judged', () => {
	const lines = Array.from({ length: 10_000 }, (_, index) => `d${index},k${index < 2 ? 0 : index}`);
	const found = values(csv(`device,key\n${lines.join('\n')}\n`));
	assert.equal(found.length, 10_000);
	assert.equal(found.filter((value) => value === 'any').length, 2);
});

const asset = (ref: string, type: string, mechanism: string, id = ref) => ({
	...{ type: 'cryptographic-asset', name: ref, 'bom-ref': ref },
	cryptoProperties: {
		assetType: 'related-crypto-material',
		relatedCryptoMaterialProperties: { type, id, securedBy: { mechanism } },
	},
});

test('CycloneDX: keys within a device, and by dependencies with a circle; hardware as it says', () => {
	const document = {
		...{ bomFormat: 'CycloneDX', specVersion: '1.6' },
		components: [
			{ type: 'device', name: 'a', 'bom-ref': 'a', components: [asset('a-key', 'private-key', 'TPM')] },
			{ type: 'device', name: 'b', 'bom-ref': 'b' },
			{ type: 'device', name: 'c', 'bom-ref': 'c' },
			{ type: 'firmware', name: 'image', 'bom-ref': 'image' },
			asset('fleet', 'secret-key', 'None'),
			asset('public', 'public-key', 'None'),
			asset('lost', 'private-key', 'HSM'),
		],
		dependencies: [
			{ ref: 'b', dependsOn: ['image'] },
			{ ref: 'c', dependsOn: ['image'] },
			{ ref: 'image', dependsOn: ['fleet', 'public', 'image', 'b'] },
		],
	};
	const inventory = checkInventory(cycloneDxInventory(document));
	assert.deepEqual(values(inventory), ['none-and-no-key', 'any', 'any']);
	assert.ok(inventory.assumptions.some((one) => one.startsWith('1 key belongs to no device')));
	const twice = { ...document, components: [...document.components, { type: 'device', name: 'a', 'bom-ref': 'a' }] };
	assert.throws(() => cycloneDxInventory(twice), refused('inventory-duplicate', /bom-ref "a"/));
	assert.throws(
		() => cycloneDxInventory({ bomFormat: 'CycloneDX', components: [1] }),
		refused('inventory-malformed', /components\[0\]/),
	);
});

test('CycloneDX: keys without a device, and a document without keys, are refused by name; a product that holds all is said', () => {
	const head = { bomFormat: 'CycloneDX', specVersion: '1.6' };
	const keys = [asset('one', 'private-key', 'None'), asset('two', 'secret-key', 'None')];
	assert.throws(
		() => cycloneDxInventory({ ...head, components: keys }),
		refused('inventory-malformed', /2 keys and nothing that holds them: .* type device/),
	);
	for (const components of [[], [{ type: 'library', name: 'tls' }], [{ type: 'device', name: 'pump' }]])
		assert.throws(() => cycloneDxInventory({ ...head, components }), refused('inventory-malformed', /has no key/));
	const { assumptions, devices } = cycloneDxInventory({
		...{ ...head, components: keys },
		metadata: { component: { type: 'firmware', name: 'image', 'bom-ref': 'image' } },
	});
	assert.deepEqual(
		devices.map(({ id }) => id),
		['image'],
	);
	assert.match(assumptions[0] ?? '', /No component is of type device: image is taken for one/);
});

test('CycloneDX: two devices of one name are two, and a key that is in a file anywhere is in a file', () => {
	const components = [
		{ type: 'device', name: 'pump', 'bom-ref': 'one', components: [asset('in-part', 'private-key', 'TPM', 'k')] },
		{ type: 'device', name: 'pump', 'bom-ref': 'two' },
		asset('copy', 'private-key', 'None', 'k'),
		{ type: 'device', name: 'valve', 'bom-ref': 'v', components: [asset('v-key', 'private-key', 'TPM')] },
	];
	const dependencies = [{ ref: 'two', dependsOn: ['copy'] }];
	const { devices } = cycloneDxInventory({ bomFormat: 'CycloneDX', specVersion: '1.6', components, dependencies });
	assert.deepEqual(
		devices.map(({ id, keys }) => [id, keys[0]?.custody]),
		[
			['pump (one)', 'software'],
			['pump (two)', 'software'],
			['valve', 'tpm2'],
		],
	);
});

test('keycheck output: what is shared, and what anybody has', () => {
	const member = (label: string, fingerprint: string) => ({ file: 'list.csv', label, fingerprint });
	const output = {
		checked: {},
		findings: [
			{ check: 'shared-psk', members: [member('line 2, device a', 'f1'), member('line 3, device b', 'f1')] },
			{ check: 'published-key', members: [member('certificate 1, CN=pump', 'f2')] },
		],
	};
	const of = (role: string) => ({
		file: 'export.json',
		label: `entry 1, ${role} of 010203040506070A`,
		fingerprint: 'f3',
	});
	const one = { checked: {}, findings: [{ check: 'psk-default', members: [of('nwkKey'), of('appKey')] }] };
	assert.deepEqual(
		keycheckInventory(one).devices.map(({ id }) => id),
		['010203040506070a'],
	);
	const inventory = checkInventory(keycheckInventory(output));
	assert.deepEqual(values(inventory), ['any', 'any', 'none']);
	assert.deepEqual(inventory.people, [{ id: 'anybody', operatesService: false, keys: ['f2'] }]);
	assert.throws(
		() => keycheckInventory({ checked: {}, findings: [{ check: 'nonsense', members: [] }] }),
		refused('inventory-malformed', /findings\[0\]\.check/),
	);
	assert.throws(() => keycheckInventory({ checked: {}, findings: [{}] }), refused('inventory-malformed', /no members/));
});

test('keys as an export has them: one secret under two spellings of one device is one holder', () => {
	const found = collectMaterials('export', nameSecret);
	const at = { file: 'f', label: 'l' };
	const psk = (device: string | null, secret: string) =>
		found.add({ kind: 'psk', at, secret: Buffer.from(secret), device, role: 'appKey' });
	psk('\\x0A', 'one');
	psk('0a', 'one');
	psk('0b', 'three');
	psk(null, 'lost');
	const inventory = checkInventory(found.inventory());
	assert.deepEqual(values(inventory), ['none', 'none']);
	assert.ok(inventory.assumptions.some((one) => one.startsWith('1 keys name no holder')));
});

test('GraphML and OpenGraph hold every node and edge, whatever names hold', () => {
	const name = 'hall/<&"\u0000ä';
	const built = inventoryGraph({ ...site(2), devices: [sensor(name)] });
	const exposure = createExposure(built.graph)([built.devices.get(name) ?? -1]);
	const xml = [...graphMl(built.graph, exposure)].join('');
	assert.equal(xml.match(/<node /g)?.length, built.graph.nodes);
	assert.equal(xml.match(/<edge /g)?.length, built.graph.edges);
	assert.ok(xml.includes('&lt;&amp;&quot;\uFFFDä') && !xml.includes('\u0000'));
	const { graph } = JSON.parse([...openGraph(built.graph, exposure)].join('')) as {
		graph: {
			nodes: { id: string; kinds: string[]; properties: Record<string, unknown> }[];
			edges: { kind: string; start: { value: string }; end: { value: string } }[];
		};
	};
	const ids = new Set(graph.nodes.map(({ id }) => id));
	assert.equal(ids.size, built.graph.nodes);
	for (const { kinds, properties } of graph.nodes) {
		assert.ok(kinds.length <= 3 && kinds.every((kind) => /^\w+$/.test(kind)));
		assert.ok(Object.entries(properties).every(([key, value]) => /^[a-z_]+$/.test(key) && typeof value !== 'object'));
	}
	assert.equal(graph.edges.length, built.graph.edges);
	assert.ok(
		graph.edges.every(
			({ kind, start, end }) => /^[A-Za-z0-9_]+$/.test(kind) && ids.has(start.value) && ids.has(end.value),
		),
	);
});
