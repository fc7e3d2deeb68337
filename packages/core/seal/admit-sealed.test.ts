import assert from 'node:assert/strict';
import { test } from 'node:test';
import { encodeSenmlCbor, sequenceIdentity } from '../observe/index.ts';
import type { Parameters } from '../policy/parameter-value.ts';
import { requirementIds } from '../policy/index.ts';
import { admitSealed, isSealedMessage, mustBeSealed, recallStream, type SealedTerms } from './admit-sealed.ts';
import { bootMark } from './boot.ts';
import { digestOf, type SealCheckpoint, signSealCheckpoint } from './checkpoint.ts';
import { parseRoster } from './roster.ts';
import { now, rosterBytes, testStream, type TestStream } from './seal.fixture.ts';
import { readSealedReading, sealReading, signReading } from './sealed-reading.ts';
import { testSigner } from '../format/signer.fixture.ts';

const name = { application: 'hall', device: 'probe', stream: 'dose-rate' };
const nothing = Object.fromEntries(requirementIds.map((id) => [id, null])) as Parameters;
const join = (...parts: readonly Uint8Array[]): Uint8Array => new Uint8Array(Buffer.concat(parts));
const text = new TextEncoder();

/** An epoch, readings 1 to 3, and what a checkpoint over them says. */
const sealThree = async (stream: TestStream) => {
	const { message, hash, keys } = await stream.seal();
	const readings = [1, 2, 3].map((number) => sealReading(keys, number, text.encode(`reading ${number}`)));
	const checkpoint: SealCheckpoint = {
		...{ epoch: 7, epochHash: hash, first: 1, sequence: 4, previous: null, uptime: 9, time: null },
		digest: digestOf(readings.map((one) => readSealedReading(one).hash)),
		boot: bootMark(name, 'boot'),
	};
	return { message, hash, keys, readings, checkpoint };
};

test('a sealed message is told from a SenML pack of any length', () => {
	for (const count of [1, 3, 23, 30]) {
		const pack = encodeSenmlCbor(
			Array.from({ length: count }, (_, time) => ({ name: 'a/b', unit: '', time, value: 1 })),
		);
		assert.equal(isSealedMessage(pack), false, String(count));
	}
	assert.deepEqual([isSealedMessage(new Uint8Array()), isSealedMessage(text.encode('[{}]'))], [false, false]);
});

test('an epoch, its readings and its checkpoint are admitted as they came; altered, reordered, forged and foreign ones by no name but their own', async () => {
	const stream = testStream();
	const terms: SealedTerms = { name, rosters: [stream.roster], parameters: nothing };
	const { message, hash, readings, checkpoint, keys } = await sealThree(stream);
	const signed = await signSealCheckpoint(checkpoint, stream.signer);
	const open = () => recallStream([], terms);
	const all = admitSealed(join(message, ...readings, signed), open(), terms, now);
	assert.equal(all.refusal, null);
	assert.deepEqual(
		all.records.map(({ identity, type }) => [identity, type]),
		[0, 1, 2, 3, 4].map((number) => [sequenceIdentity(7, number), number > 0 && number < 4 ? 1 : 2]),
	);
	assert.deepEqual(join(...all.records.map(({ payload }) => payload)), join(message, ...readings, signed));
	assert.equal(isSealedMessage(message) && isSealedMessage(readings[0] ?? message), true);

	const refusal = (payload: Uint8Array, seen = open(), changed: Partial<SealedTerms> = {}) =>
		admitSealed(payload, seen, { ...terms, ...changed }, now).refusal?.code ?? null;
	const [first, second, third] = readings;
	assert.ok(first !== undefined && second !== undefined && third !== undefined);
	const altered = second.slice();
	altered[altered.length - 1] = (altered.at(-1) ?? 0) ^ 1;
	assert.equal(refusal(join(message, first, altered, third, signed)), 'checkpoint-mismatch', 'altered on the way');
	const made = sealReading(keys, 2, text.encode('another'));
	assert.equal(refusal(join(message, first, made, third, signed)), 'checkpoint-mismatch', 'made with the shared key');
	assert.equal(refusal(join(message, first, third, signed)), null, 'a lost one: the gap is for readers to see');
	assert.equal(refusal(join(first, signed)), 'epoch-unknown');
	const strange = testSigner();
	assert.equal(refusal(join(message, ...readings, await signSealCheckpoint(checkpoint, strange))), 'reading-forged');
	const otherEpoch = { ...checkpoint, epochHash: new Uint8Array(32) };
	assert.equal(refusal(join(message, await signSealCheckpoint(otherEpoch, stream.signer))), 'reading-forged');
	for (let end = 1; end < first.length; end += 7) {
		assert.equal(refusal(join(message, first.subarray(0, end))), 'seal-malformed', `cut at ${end}`);
	}
	// The good items around a bad one are kept.
	const kept = admitSealed(
		join(message, first, await signSealCheckpoint(otherEpoch, stream.signer), second),
		open(),
		terms,
		now,
	);
	assert.deepEqual([kept.records.length, kept.refusal?.code], [3, 'reading-forged']);

	// What a service remembers from its store after a reconnection.
	const recalled = recallStream([message, first, altered, third], terms);
	assert.equal(refusal(signed, recalled), 'checkpoint-mismatch');
	assert.equal(refusal(signed, recallStream([message, ...readings], terms)), null);

	// Another roster, another device's key, nobody's roster.
	const later = parseRoster(rosterBytes({ ...stream.json, number: 2 }));
	assert.equal(refusal(message, open(), { rosters: [later] }), 'epoch-roster');
	assert.equal(
		refusal(message, open(), { rosters: [later, stream.roster] }),
		null,
		'sealed before the new roster came',
	);
	const without = parseRoster(rosterBytes({ ...stream.json, number: 2, devices: {} }));
	assert.equal(refusal(message, open(), { rosters: [without, stream.roster] }), 'stream-key-unknown', 'named no more');
	assert.equal(refusal(message, open(), { rosters: [] }), 'epoch-roster');
	const other = testStream();
	assert.equal(
		refusal((await other.seal({ rosterHash: stream.roster.hash })).message),
		'stream-key-unknown',
		'forged epoch',
	);
	assert.equal(refusal((await stream.seal({ device: 'probe-2' })).message), 'epoch-malformed', "another device's");
	assert.equal(refusal((await stream.seal({ stream: 'state' })).message), 'epoch-malformed', "another stream's");

	// What the policy asks of the roster.
	const asked = (parameter: object) => ({ parameters: { ...nothing, ...parameter } });
	assert.equal(refusal(message, open(), asked({ 'sealed-readings': 'sealed-pq' })), 'roster-laxer');
	assert.equal(refusal(message, open(), asked({ 'epoch-length': 1000 })), 'roster-laxer');
	assert.equal(refusal(message, open(), asked({ 'reading-signature': 0 })), 'roster-laxer');
	assert.equal(
		refusal(
			message,
			open(),
			asked({ 'sealed-readings': 'sealed', 'epoch-length': 86_400_000, 'reading-signature': 60_000 }),
		),
		null,
	);
	assert.deepEqual(hash.length, 32);
});

test('where each reading is to be signed, one that is not is refused, and one that another signed', async () => {
	const stream = testStream((json) => {
		(json.streams['dose-rate'] ?? {})['signed'] = 'each';
	});
	const terms: SealedTerms = { name, rosters: [stream.roster], parameters: nothing };
	const { message, hash, readings } = await sealThree(stream);
	const [first = new Uint8Array()] = readings;
	const seen = recallStream([message], terms);
	const code = (payload: Uint8Array) => admitSealed(payload, seen, terms, now).refusal?.code ?? null;
	assert.equal(code(first), 'reading-unsigned');
	assert.equal(code(await signReading(first, hash, testSigner())), 'reading-forged');
	assert.equal(code(await signReading(first, hash, stream.signer)), null);
	assert.equal(
		admitSealed(await signReading(first, hash, stream.signer), recallStream([], terms), terms, now).refusal?.code,
		'epoch-unknown',
	);
});

test('what must come sealed is said by the roster and by the policy, and neither takes back what the other says', () => {
	const sealed = testStream().roster;
	const open = testStream((json) => {
		(json.streams['dose-rate'] ?? {})['sealed'] = false;
	}).roster;
	const asks = { ...nothing, 'sealed-readings': 'sealed' } as Parameters;
	assert.deepEqual(
		[
			mustBeSealed({ name, rosters: [sealed], parameters: nothing }),
			mustBeSealed({ name, rosters: [open], parameters: asks }),
			mustBeSealed({ name, rosters: [], parameters: asks }),
			mustBeSealed({ name, rosters: [open], parameters: nothing }),
		],
		[true, true, true, false],
	);
});

test('an epoch is in use for as long as the terms and the policy allow, and not longer; what a device kept while it was away is taken', async () => {
	const stream = testStream();
	const terms: SealedTerms = { name, rosters: [stream.roster], parameters: nothing };
	const { message, keys } = await stream.seal();
	let number = 0;
	const code = (seen: ReturnType<typeof recallStream>, at: number, parameters = nothing) =>
		admitSealed(sealReading(keys, ++number, text.encode('a')), seen, { ...terms, parameters }, at).refusal?.code ??
		null;
	const live = recallStream([], terms);
	assert.equal(admitSealed(message, live, terms, now).refusal, null);
	const hour = 3_600_000;
	assert.equal(code(live, now + hour), null);
	// Sent again, it is no younger.
	assert.equal(admitSealed(message, live, terms, now + hour).refusal, null);
	assert.equal(code(live, now + 1.2 * hour), 'epoch-outlived');
	const stricter = { ...nothing, 'epoch-length': hour / 2 } as Parameters;
	assert.equal(code(live, now + 0.6 * hour, stricter), 'epoch-outlived');
	const away = recallStream([message], terms);
	assert.equal(code(away, now + 9 * hour), null);
	assert.equal(code(away, now + 10.2 * hour), 'epoch-outlived');
});
