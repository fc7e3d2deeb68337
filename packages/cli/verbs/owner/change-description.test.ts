import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { test } from 'node:test';
import { days } from '@keyward/core';
import { makeEphemeralKey, openKemKey } from '@keyward/custody';
import { prepareRoster } from '@keyward/owner';
import { makeOwner, rosterText, withRoster } from '@keyward/testing/owner/owner';
import { describeChange } from './change-description.ts';

const now = Date.parse('2026-11-27T08:00:00Z');
const base64 = (key: Uint8Array): string => Buffer.from(key).toString('base64');
const key = (): string => base64(makeEphemeralKey().publicKey);

test('whatever changes in a roster is said before it is signed', async () => {
	const expires = new Date(now + days(30)).toISOString();
	const later = new Date(now + days(60)).toISOString();
	const kemKey = (): string => base64(openKemKey(randomBytes(64)).publicKey);
	const kem = kemKey();
	const desk = { key: key(), kem, streams: ['dose-rate'], purpose: 'read', expires };
	const probe = { key: key(), previous: key() };
	const anna = { key: key(), expires };
	const air = { sealed: true, suite: 1, signed: { within: '60s' }, every: '10s', epoch: '1h', unit: 'Cel' };
	const terms = { ...air, essential: false };
	const before = {
		...{ devices: { probe }, readers: { desk }, commanders: { anna }, signers: { command: 1, dangerous: 2 } },
		...{ streams: { 'dose-rate': terms, air: terms }, commands: { blink: 'harmless', restart: 'dangerous' } },
	};
	const { keys, repository } = await makeOwner(now);
	const base = await withRoster(repository, rosterText(1, now, days(7), before), keys.slice(0, 2));
	const saying = (more: object): string => {
		const text = rosterText(2, now, days(8), { ...before, ...more });
		return describeChange({ base: base.files, files: prepareRoster(base, 'hall', text) }).join('\n');
	};
	assert.match(saying({}), /the same as before, for longer/);
	const said = (more: object, words: RegExp): void => assert.match(saying(more), words);
	const reader = (more: object): object => ({ readers: { desk: { ...desk, ...more } } });
	said(reader({ key: key() }), /desk has ANOTHER KEY/);
	said(reader({ kem: kemKey() }), /desk has ANOTHER ML-KEM key/);
	said(reader({ kem: undefined }), /desk has no ML-KEM key any more/);
	said(reader({ streams: ['dose-rate', 'air'] }), /desk GAINS air/);
	said(reader({ streams: [] }), /desk LOSES dose-rate/);
	said(reader({ purpose: 'archive' }), /desk is for archive now/);
	said(reader({ expires: later }), /desk may read until/);
	said({ readers: {} }, /desk LOSES dose-rate/);
	said({ devices: { probe: { ...probe, key: key() } } }, /probe has ANOTHER STREAM KEY/);
	// A second key that may sign is as good as the first.
	said({ devices: { probe: { ...probe, previous: key() } } }, /probe MAY STILL SIGN by the key before/);
	said({ devices: { probe: { key: probe.key } } }, /probe signs by the key before no longer/);
	said({ devices: { probe, other: { key: key() } } }, /other is NEW/);
	said({ devices: {} }, /probe is on it NO LONGER/);
	said({ commanders: { anna: { ...anna, key: key() } } }, /anna MAY COMMAND BY ANOTHER KEY/);
	said({ commanders: { anna: { ...anna, expires: later } } }, /anna may command until/);
	said({ commanders: { anna, eve: { key: key(), expires } } }, /eve MAY COMMAND/);
	said({ commanders: {} }, /anna may command NO LONGER/);
	said({ signers: { command: 1, dangerous: 1 } }, /needs 1 signer$/m);
	said({ commands: { blink: 'harmless', restart: 'harmless' } }, /restart is HARMLESS/);
	said({ commands: { blink: 'harmless', open: 'harmless' } }, /open is HARMLESS/);
	said({ commands: { restart: 'dangerous' } }, /blink is dangerous now/);
	for (const [name, value] of Object.entries({
		...{ sealed: false, suite: 2, signed: 'each', every: null, epoch: '2h', unit: 'K', essential: true },
	}))
		said({ streams: { ...before.streams, air: { ...terms, [name]: value } } }, /stream air: /);
	said({ streams: { 'dose-rate': terms } }, /stream air is gone/);
});
