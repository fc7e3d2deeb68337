import assert from 'node:assert/strict';
import { generateKeyPairSync, sign } from 'node:crypto';
import { test } from 'node:test';
import { decodeCbor, encodeCbor, type Cbor } from '../format/cose/cbor.ts';
import type { Signer } from '../port/signer.ts';
import { Problem } from '../problem/problem.ts';
import { days, hours, minutes } from '../units/milliseconds.ts';
import { addSignature, type CommandContent, isSignedBy, readCommand, signCommand } from './command.ts';
import { type CommandRoster, type CommandTerms, judgeCommand } from './judge-command.ts';
import { readReceipt, signReceipt } from './receipt.ts';

const makeSigner = (): Signer => {
	const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
	return {
		publicKey: new Uint8Array(publicKey.export({ type: 'spki', format: 'der' })),
		custody: 'software',
		sign: (bytes) => Promise.resolve(new Uint8Array(sign('sha256', bytes, privateKey))),
	};
};

const now = Date.UTC(2026, 10, 27);
const [anna, ben, eve] = [makeSigner(), makeSigner(), makeSigner()];
const content: CommandContent = {
	...{ application: 'hall', device: 'probe-1', name: 'restart', commander: 'anna' },
	...{ sequence: 7, issued: now, expires: now + hours(1) },
};
const roster: CommandRoster = {
	application: 'hall',
	commanders: new Map([
		['anna', { key: anna.publicKey, expires: now + days(30) }],
		['ben', { key: ben.publicKey, expires: now + days(30) }],
	]),
	signers: { command: 1, dangerous: 2 },
	commands: new Map([
		['restart', 'harmless'],
		['close', 'dangerous'],
	]),
	expires: now + days(7),
};
const terms: CommandTerms = {
	...{ application: 'hall', device: 'probe-1', roster, last: 6, known: true, begun: now - days(1) },
};

const judge = async (
	change: Partial<CommandTerms> = {},
	by: readonly Signer[] = [anna],
	of: Partial<CommandContent> = {},
	at = now,
): Promise<string> => {
	const [first, second] = by;
	assert.ok(first !== undefined);
	const message = await signCommand({ ...content, ...of }, first);
	const both = second === undefined ? message : await addSignature(message, second);
	return judgeCommand(readCommand(both), { ...terms, ...change }, at)?.code ?? 'obeyed';
};

test('a signed, fresh command for this device is obeyed; by its commander alone, and once', async () => {
	assert.equal(await judge(), 'obeyed');
	assert.equal(await judge({ last: 7 }), 'command-replayed');
	assert.equal(await judge({ device: 'probe-2' }), 'command-other-device');
	assert.equal(await judge({ application: 'barn' }), 'command-other-device');
	assert.equal(await judge({}, [eve]), 'command-signature');
	// Signed by one who may command, in the name of another.
	assert.equal(await judge({}, [ben]), 'command-signature');
	assert.equal(await judge({ roster: null }), 'command-signature');
	assert.equal(await judge({ known: false }), 'command-unknown');
	// A device that was set up again does not know what it obeyed before.
	assert.equal(await judge({ begun: now }, [anna], { issued: now - minutes(6) }), 'command-replayed');
	assert.equal(await judge({ begun: now }, [anna], { issued: now - minutes(4) }), 'obeyed');
	assert.equal(await judge({ begun: now + days(9000) }, [anna], { issued: now - minutes(6) }), 'command-replayed');
	assert.equal(await judge({ begun: now + days(9000) }), 'obeyed');
});

test('a command, a commander and a roster end', async () => {
	assert.equal(await judge({}, [anna], {}, now + hours(1)), 'command-expired');
	assert.equal(await judge({}, [anna], { expires: now + days(32) }), 'command-expired');
	assert.equal(await judge({}, [anna], { issued: now + minutes(6) }), 'command-expired');
	assert.equal(await judge({}, [anna], { issued: now + minutes(4) }), 'obeyed');
	assert.equal(await judge({ roster: { ...roster, expires: now } }), 'roster-stale');
	const gone = new Map(roster.commanders).set('anna', { key: anna.publicKey, expires: now });
	assert.equal(await judge({ roster: { ...roster, commanders: gone } }), 'command-signature');
});

test('a dangerous one, which every one is that the roster does not call harmless, needs two signers who may command', async () => {
	for (const name of ['open', 'close']) {
		const dangerous = { name };
		assert.equal(await judge({}, [anna], dangerous), 'command-signers');
		assert.equal(await judge({}, [anna, anna], dangerous), 'command-signers');
		assert.equal(await judge({}, [anna, eve], dangerous), 'command-signers');
		assert.equal(await judge({}, [anna, ben], dangerous), 'obeyed');
		assert.equal(await judge({}, [ben, anna], dangerous), 'obeyed');
		const one = { ...roster, signers: { command: 1, dangerous: 1 } } as const;
		assert.equal(await judge({ roster: one }, [anna], dangerous), 'obeyed');
		// In the other order it is the same command.
		assert.equal(await judge({ last: 7 }, [ben, anna], dangerous), 'command-replayed');
	}
});

test('cut anywhere, with a byte more, of two commands, or changed, it is malformed or not signed', async () => {
	const message = await signCommand(content, anna);
	const malformed = (bytes: Uint8Array): void =>
		assert.throws(
			() => readCommand(bytes),
			(error) => error instanceof Problem && error.code === 'command-malformed',
		);
	for (let length = 0; length < message.length; length++) malformed(message.subarray(0, length));
	malformed(Uint8Array.of(...message, 0));
	const [one] = decodeCbor(message) as readonly Cbor[];
	const [other] = decodeCbor(await signCommand({ ...content, sequence: 8 }, ben)) as readonly Cbor[];
	malformed(encodeCbor([one ?? null, other ?? null]));
	malformed(encodeCbor([one ?? null, one ?? null, one ?? null]));
	malformed(encodeCbor([]));
	const altered = Buffer.from(
		Buffer.from(message)
			.toString('hex')
			.replace(Buffer.from('restart').toString('hex'), Buffer.from('destroy').toString('hex')),
		'hex',
	);
	assert.equal(judgeCommand(readCommand(new Uint8Array(altered)), terms, now)?.code, 'command-signature');
});

test('a receipt is its device’s own, and is no command', async () => {
	const receipt = {
		...{ application: 'hall', device: 'probe-1', command: new Uint8Array(32).fill(1) },
		...({ outcome: 'refused', code: 'command-replayed', detail: 'again', dangerousSigners: 2, at: now } as const),
	};
	const message = await signReceipt(receipt, anna);
	assert.deepEqual(readReceipt(message, anna.publicKey), { receipt, signed: true });
	assert.equal(readReceipt(message, ben.publicKey).signed, false);
	assert.equal(readReceipt(message, null).signed, false);
	assert.throws(() => readCommand(encodeCbor([decodeCbor(message)])), /command-malformed|something else/);
	assert.throws(() => readReceipt(message.subarray(1), anna.publicKey));
});

test('whether a key has signed a command already is seen before it signs again', async () => {
	const one = await signCommand(content, anna);
	const both = readCommand(await addSignature(one, ben));
	const signed = [anna, ben, eve].map(({ publicKey }) => [
		isSignedBy(readCommand(one), publicKey),
		isSignedBy(both, publicKey),
	]);
	assert.deepEqual(signed, [
		[true, true],
		[false, true],
		[false, false],
	]);
});
