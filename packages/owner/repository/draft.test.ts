import assert from 'node:assert/strict';
import { test } from 'node:test';
import { days, type ErrorCode, Problem } from '@keyward/core';
import { parseRoster } from '@keyward/core/seal';
import { makeEphemeralAgreementKey, makeEphemeralKey } from '@keyward/custody';
import { makeOwner, withRoster } from '@keyward/testing/owner/owner';
import { type DraftEdits, draftRoster, type KeysOf } from './draft.ts';

const now = Date.parse('2026-11-27T08:00:00Z');
const policy = `application: hall
level: { authenticity: 1, authorization: 4, integrity: 1, confidentiality: 1, adaptability: 0, resistance: 0 }
mode: enforce
streams:
  dose-rate: { unit: Sv/h, every: 10s, readers: [desk, board] }
devices:
  probe: { custody: [software], streams: [dose-rate] }
commands: { blink: harmless, restart: dangerous }
`;
const base64 = (key: Uint8Array): string => Buffer.from(key).toString('base64');
const keys: readonly KeysOf[] = [
	{ kind: 'device', id: 'probe-1', keys: [{ purpose: 'stream', key: base64(makeEphemeralKey().publicKey) }] },
	{ kind: 'reader', id: 'desk', keys: [{ purpose: 'agreement', key: base64(makeEphemeralAgreementKey().publicKey) }] },
];
const { repository } = await makeOwner(now);
const drafted = (edits: DraftEdits, before = repository, text = policy, of = keys) =>
	draftRoster({ policy: text, keys: of, repository: before }, edits, now);
const gain = { reader: 'desk', stream: 'dose-rate', purpose: 'read', expires: now + days(30) } as const;

test('a draft takes devices from the site, terms and commands from the policy, and readers and commanders from the edits', async () => {
	const anna = makeEphemeralKey();
	const commands = [{ commander: 'anna', key: anna.publicKey, expires: now + days(90) }];
	const text = drafted({ gains: [gain], commands });
	const roster = parseRoster(Buffer.from(text));
	assert.deepEqual([roster.number, roster.expires], [1, now + days(1)]);
	assert.deepEqual([[...roster.devices.keys()], [...roster.readers.keys()]], [['probe-1'], ['desk']]);
	assert.deepEqual(Object.fromEntries(roster.commands), { blink: 'harmless', restart: 'dangerous' });
	assert.deepEqual(roster.commanders.get('anna'), { key: anna.publicKey, expires: now + days(90) });
	assert.deepEqual(roster.signers, { command: 1, dangerous: 2 });

	// The next one keeps both, and takes them off by name. What the policy names no more is dangerous.
	const { keys: owners, repository: own } = await makeOwner(now);
	const next = await withRoster(own, text, owners.slice(0, 2));
	const kept = parseRoster(Buffer.from(drafted({}, next, policy.replace(/^commands.*\n/m, ''))));
	assert.deepEqual([kept.number, [...kept.readers.keys()], [...kept.commanders.keys()]], [2, ['desk'], ['anna']]);
	assert.equal(kept.commands.size, 0);
	const gone = parseRoster(Buffer.from(drafted({ loses: [{ reader: 'desk' }], commandsNot: ['anna'] }, next)));
	assert.deepEqual([gone.readers.size, gone.commanders.size], [0, 0]);
});

test('the stream key before stays on the roster where that is asked, until there is a third', async () => {
	const { keys: owners, repository: own } = await makeOwner(now);
	const commissionedAgain = (): readonly KeysOf[] => [
		{ kind: 'device', id: 'probe-1', keys: [{ purpose: 'stream', key: base64(makeEphemeralKey().publicKey) }] },
	];
	const [second, third] = [commissionedAgain(), commissionedAgain()];
	const keysOn = (text: string) => {
		const { key, previous } = parseRoster(Buffer.from(text)).devices.get('probe-1') ?? {};
		return [key, previous].map((one) => one && base64(one));
	};
	const keyOf = (of: readonly KeysOf[]) => of[0]?.keys[0]?.key;
	const one = await withRoster(own, drafted({}), owners.slice(0, 2));
	assert.deepEqual(keysOn(drafted({}, one, policy, second)), [keyOf(second), null]);
	const text = drafted({ succeeds: ['probe-1'] }, one, policy, second);
	assert.deepEqual(keysOn(text), [keyOf(second), keyOf(keys)]);
	const two = await withRoster(one, text, owners.slice(0, 2));
	assert.deepEqual(keysOn(drafted({}, two, policy, second)), [keyOf(second), keyOf(keys)]);
	assert.deepEqual(keysOn(drafted({}, two, policy, third)), [keyOf(third), null]);
	assert.deepEqual(keysOn(drafted({ succeeds: ['probe-1'] }, two, policy, third)), [keyOf(third), keyOf(second)]);
	for (const id of ['probe-1', 'probe-2'])
		assert.throws(() => drafted({ succeeds: [id] }, one), { code: 'request-malformed' });
});

test('who is not known is named, and nothing is drafted', async () => {
	const refused = (edits: DraftEdits, detail: RegExp, code: ErrorCode = 'reader-unknown'): void => {
		assert.throws(
			() => drafted(edits),
			(error) => error instanceof Problem && error.code === code && detail.test(error.detail),
		);
	};
	refused({ loses: [{ reader: 'desk' }] }, /desk is not on the roster/);
	refused({ commandsNot: ['anna'] }, /anna is no commander/);
	refused({ gains: [{ ...gain, reader: 'stranger' }] }, /does not name stranger for dose-rate/);
	refused({ gains: [{ ...gain, stream: 'air' }] }, /does not name desk for air/);
	refused({ gains: [{ ...gain, reader: 'board' }] }, /board has registered no key yet/);
	// One key in two places is refused when the roster is read, before anybody signs it.
	const { keys: owners, repository: own } = await makeOwner(now);
	const text = drafted({ gains: [gain] }).replace('"commanders":{}', (empty) =>
		empty.replace('{}', `{"eve":{"key":"${keys[1]?.keys[0]?.key ?? ''}","expires":"2027-01-01T00:00:00Z"}}`),
	);
	await assert.rejects(withRoster(own, text, owners.slice(0, 2)), /elsewhere too/);
});
