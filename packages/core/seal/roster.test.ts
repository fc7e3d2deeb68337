import assert from 'node:assert/strict';
import { test } from 'node:test';
import { testSigner } from '../format/signer.fixture.ts';
import { judgeEpoch, judgeRosterAge, parseRoster, readEpoch, readersOf, sealEpoch, streamKeysOf } from './index.ts';
import {
	now,
	rosterBytes,
	rosterJson,
	type RosterJson,
	testAgreementKey,
	testMeans,
	testStream,
} from './seal.fixture.ts';

const base64 = (bytes: Uint8Array): string => Buffer.from(bytes).toString('base64');
const device = testSigner();
const desk = testAgreementKey();

const reader = (name = 'desk'): Record<string, unknown> => rosterJson(device, testAgreementKey()).readers[name] ?? {};

const refused = (change: (json: RosterJson) => unknown, where: RegExp): void => {
	const json = rosterJson(device, desk);
	change(json);
	assert.throws(
		() => parseRoster(rosterBytes(json)),
		(problem: unknown) => {
			assert.match(String(problem), /^Problem: roster-malformed: /);
			assert.match(String(problem), where);
			return true;
		},
	);
};

test('a roster says who may send, read and command, and on what terms', () => {
	const roster = parseRoster(rosterBytes(rosterJson(device, desk)));
	assert.deepEqual(streamKeysOf(roster, 'probe'), [device.publicKey]);
	assert.deepEqual(streamKeysOf(roster, 'other'), []);
	assert.deepEqual(
		readersOf(roster, 'dose-rate', now).map(({ key }) => key),
		[desk.publicKey],
	);
	assert.deepEqual(readersOf(roster, 'dose-rate', Date.parse('2026-01-15T00:00:00Z')), []);
	assert.equal(readersOf(roster, 'dose-rate', null).length, 1);
	assert.deepEqual(roster.streams.get('dose-rate'), {
		sealed: true,
		suite: 1,
		signed: { within: 60_000 },
		every: 10_000,
		epoch: 3_600_000,
		unit: 'Sv/h',
		essential: false,
	});
});

test('a roster that is not of its one shape is refused, with the place', () => {
	refused((json) => (json['type'] = 'roster'), /"type"/);
	refused((json) => (json['version'] = 2), /"version"/);
	refused((json) => (json['number'] = 0), /"number"/);
	refused((json) => (json['number'] = 1.5), /"number"/);
	refused((json) => (json['extra'] = 1), /"roster\.extra" is not known/);
	refused((json) => delete json['signers'], /"roster\.signers" is missing/);
	refused((json) => (json['application'] = 'Hall'), /"application" is no name/);
	refused((json) => (json['issued'] = '2026-02-30T00:00:00Z'), /"issued"/);
	refused((json) => (json['issued'] = '2026-01-01'), /"issued"/);
	refused((json) => (json['issued'] = '2026-01-01T00:00:00+00:00'), /"issued"/);
	refused((json) => (json['expires'] = '2026-01-01T00:00:00Z'), /"expires" is not after/);
	refused((json) => (json.devices = { 'a/b': { key: base64(testSigner().publicKey) } }), /"devices\.a\/b" is no name/);
	refused(
		(json) => (json.devices = { a: { key: base64(testSigner('P-384').publicKey) } }),
		/"devices\.a\.key" is no P-256/,
	);
	refused((json) => (json.devices = { a: { key: 'AA' } }), /"devices\.a\.key" is not base64/);
	refused((json) => (json.devices = { a: { key: '' } }), /"devices\.a\.key" is not base64/);
	refused((json) => (json.devices = { a: { key: base64(Uint8Array.of(1)) } }), /"devices\.a\.key" is no P-256/);
	refused((json) => (json.readers['desk'] = { ...reader(), extra: true }), /"readers\.desk\.extra" is not known/);
	refused((json) => (json.readers['desk'] = { ...reader(), streams: ['other'] }), /names "other"/);
	refused((json) => (json.readers['desk'] = { ...reader(), streams: ['dose-rate', 'dose-rate'] }), /twice/);
	refused((json) => (json.readers['desk'] = { ...reader(), purpose: 'all' }), /purpose/);
	refused((json) => (json.readers['desk'] = { ...reader(), kem: base64(new Uint8Array(1183)) }), /ML-KEM-768/);
	refused((json) => (json['signers'] = { command: 2, dangerous: 2 }), /signers\.command/);
	refused((json) => (json['signers'] = { command: 1, dangerous: 3 }), /signers\.dangerous/);
	refused((json) => (json['commands'] = { blink: true }), /commands\.blink" is neither/);
	refused((json) => (json['commands'] = { 'b l': 'harmless' }), /commands/);
	for (const [name, value] of [
		['sealed', 'yes'],
		['suite', 3],
		['signed', 'some'],
		['signed', { within: '60 parsecs' }],
		['every', 10],
		['epoch', null],
		['unit', '°C'],
		['essential', 1],
	] as const) {
		refused((json) => (json.streams['dose-rate'] = { ...json.streams['dose-rate'], [name]: value }), new RegExp(name));
	}
	refused((json) => (json.streams['dose-rate'] = { ...json.streams['dose-rate'], suite: 2 }), /kem" is missing/);
});

test('two readers with one key are refused, and a key with two uses', () => {
	refused((json) => (json.readers['other'] = { ...json.readers['desk'] }), /"readers\.other\.key" is a key that/);
	refused((json) => (json.devices['other'] = json.devices['probe']), /"devices\.other\.key" is a key that/);
	refused((json) => (json.devices['probe'] = { key: base64(desk.publicKey) }), /"readers\.desk\.key" is a key that/);
	refused((json) => {
		const key = base64(device.publicKey);
		json.devices['probe'] = { key, previous: key };
	}, /"devices\.probe\.previous" is a key that/);
});

test('a roster of 64 readers of a stream is taken, and one of 65 is not', async () => {
	const json = rosterJson(device, desk);
	for (let i = 1; i < 64; i++) json.readers[`reader-${i}`] = reader();
	const roster = parseRoster(rosterBytes(json));
	const { message } = await sealEpoch(
		{ ...testStream().content, rosterHash: roster.hash },
		readersOf(roster, 'dose-rate', now),
		testMeans(device),
	);
	assert.equal(readEpoch(message).recipients.length, 64);
	json.readers['reader-64'] = reader();
	assert.throws(() => parseRoster(rosterBytes(json)), /roster-malformed: .*"streams\.dose-rate" has 65 readers/);
});

test('JSON that means one thing to one reader and another to the next is refused', () => {
	const text = JSON.stringify(rosterJson(device, desk));
	const parse = (changed: string) => (): unknown => parseRoster(new TextEncoder().encode(changed));
	assert.throws(parse(text.replace('"version":1', '"version":1,"version":1')), /"version" is there twice/);
	assert.throws(parse(text.replace('"version":1', '"version":1,"v\\u0065rsion":1')), /"version" is there twice/);
	assert.throws(parse(`\uFEFF${text}`), { code: 'roster-malformed' });
	assert.throws(parse(`${text}{}`), { code: 'roster-malformed' });
	assert.throws(parse('[]'), { code: 'roster-malformed' });
	assert.throws(() => parseRoster(Uint8Array.of(0xff)), { code: 'roster-malformed' });
	for (let length = 0; length < text.length; length++) {
		assert.throws(parse(text.slice(0, length)), { code: 'roster-malformed' });
	}
	// A text that holds what looks like members holds none.
	assert.throws(parse(text.replace('"Sv/h"', '"{\\"unit\\":"')), /unit" is no unit/);
});

test('a member that every object has is none of the roster', () => {
	refused((json) => {
		const rest = { ...json };
		delete rest['signers'];
		for (const name of Object.keys(json)) delete json[name];
		Object.assign(json, rest);
		Object.defineProperty(json, '__proto__', { value: {}, enumerable: true });
	}, /__proto__" is not known/);
});

test('an epoch is judged by the roster: key, roster, suite and recipients', async () => {
	const one = testStream();
	const { content, roster } = one;
	const epoch = readEpoch((await one.seal()).message);
	const judge = (changed: typeof epoch, at = now, name = content): string | undefined =>
		judgeEpoch(changed, name, roster, at)?.code;
	assert.equal(judge(epoch), undefined);
	assert.equal(judge(epoch, now, { ...content, device: 'other' }), 'epoch-malformed');
	assert.equal(judge(epoch, now, { ...content, application: 'other' }), 'epoch-malformed');
	assert.equal(judge(readEpoch((await one.seal({ rosterHash: new Uint8Array(32) })).message)), 'epoch-roster');
	const impostor = await sealEpoch(content, readersOf(roster, 'dose-rate', now), testMeans(testSigner()));
	assert.equal(judge(readEpoch(impostor.message)), 'stream-key-unknown');
	const means = testMeans(one.signer);
	const [known] = readersOf(roster, 'dose-rate', now);
	assert(known !== undefined);
	const added = await sealEpoch(content, [known, { key: testAgreementKey().publicKey }], means);
	assert.equal(judge(readEpoch(added.message)), 'epoch-recipients');
	const other = await sealEpoch(content, [{ key: testAgreementKey().publicKey }], means);
	assert.equal(judge(readEpoch(other.message)), 'epoch-recipients');
	// One whose time ran out since may be in it.
	assert.equal(judge(epoch, Date.parse('2026-01-20T00:00:00Z')), undefined);
});

test('a stream that the roster does not seal, or does not have, has no epochs', async () => {
	const open = testStream((json) => (json.streams['dose-rate'] = { ...json.streams['dose-rate'], sealed: false }));
	assert.equal(judgeEpoch(readEpoch((await open.seal()).message), open.content, open.roster, now)?.code, 'seal-suite');
	const one = testStream();
	const name = { ...one.content, stream: 'other' };
	assert.equal(judgeEpoch(readEpoch((await one.seal(name)).message), name, one.roster, now)?.code, 'seal-suite');
});

test('a roster is stale from the moment that it expires', () => {
	const { roster } = testStream();
	assert.equal(judgeRosterAge(roster, roster.expires - 1), null);
	assert.equal(judgeRosterAge(roster, roster.expires)?.code, 'roster-stale');
});

test('a stream key that succeeds another lets what that one signed stand', async () => {
	const one = testStream();
	const next = testSigner();
	const roster = parseRoster(
		rosterBytes({
			...one.json,
			devices: { probe: { key: base64(next.publicKey), previous: base64(one.signer.publicKey) } },
		}),
	);
	const epoch = readEpoch((await one.seal({ rosterHash: roster.hash })).message);
	assert.equal(judgeEpoch(epoch, one.content, roster, now), null);
});
