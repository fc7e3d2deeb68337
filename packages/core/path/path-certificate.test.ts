import assert from 'node:assert/strict';
import { test } from 'node:test';
import { endorse, makeAuthority } from '../attest/paper-tpm.fixture.ts';
import { derChildren, encodeDer } from '../format/der.ts';
import { derBits, derExtension, derNull, derOid, derSequence } from '../format/der-types.ts';
import { testSigner } from '../format/signer.fixture.ts';
import { Problem } from '../problem/problem.ts';
import { isSameName } from './name.ts';
import { identitiesOf, readPathCertificate } from './path-certificate.ts';

const root = await makeAuthority('mill');
const genuine = await endorse(root, { publicKey: testSigner().publicKey });
const [tbs, algorithm, signature] = derChildren(genuine);
assert(tbs !== undefined && algorithm !== undefined && signature !== undefined);
const fields = derChildren(tbs);

/** The certificate with some fields of its signed part replaced; reading does not look at the signature. */
const withFields = (changed: Readonly<Record<number, Uint8Array | null>>, outer = algorithm): Uint8Array =>
	derSequence(
		derSequence(...fields.flatMap((field, at) => (changed[at] === null ? [] : [changed[at] ?? field]))),
		outer,
		signature,
	);

const time = (tag: number, text: string): Uint8Array => encodeDer(tag, Buffer.from(text, 'latin1'));
const validity = (notBefore: Uint8Array): Uint8Array =>
	withFields({ 4: derSequence(notBefore, time(0x18, '99991231235959Z')) });
const doubled = encodeDer(0xa3, derSequence(derExtension('1.2.3', derNull), derExtension('1.2.3', derNull)));

const isMalformed = (error: unknown): boolean => error instanceof Problem && error.code === 'certificate-malformed';

test('what has two readings is malformed', () => {
	readPathCertificate(genuine);
	for (const [what, der] of [
		['version 1', withFields({ 0: null, 7: null })],
		['version 2', withFields({ 0: encodeDer(0xa0, Uint8Array.of(2, 1, 1)) })],
		['an extension twice', withFields({ 7: doubled })],
		['another algorithm outside', withFields({}, derSequence(derOid('1.2.840.10045.4.3.3')))],
		['an unknown field', withFields({ 7: encodeDer(0xa4, derSequence()) })],
		['a fourth part', derSequence(tbs, algorithm, signature, derNull)],
		['bits left over', derSequence(tbs, algorithm, encodeDer(3, Uint8Array.of(1, 0)))],
		['bytes behind', Buffer.concat([genuine, Uint8Array.of(0)])],
	] as const) {
		assert.throws(() => readPathCertificate(der), isMalformed, what);
	}
});

test('times are to the second, in Zulu, and of a day that there is', () => {
	assert.equal(readPathCertificate(validity(time(0x17, '500101000000Z'))).notBefore, Date.UTC(1950, 0, 1));
	assert.equal(
		readPathCertificate(validity(time(0x17, '491231235959Z'))).notBefore,
		Date.UTC(2049, 11, 31, 23, 59, 59),
	);
	assert.equal(readPathCertificate(validity(time(0x18, '20240229000000Z'))).notBefore, Date.UTC(2024, 1, 29));
	for (const [tag, text] of [
		[0x17, '2601010000Z'],
		[0x17, '260101000000+0100'],
		[0x17, '260230000000Z'],
		[0x17, '260101240000Z'],
		[0x17, '260101000060Z'],
		[0x17, '20260101000000Z'],
		[0x18, '260101000000Z'],
		[0x18, '20260101000000.5Z'],
		[0x18, '20260101000000'],
		[0x18, '20250229000000Z'],
		[0x16, '260101000000Z'],
	] as const) {
		assert.throws(() => readPathCertificate(validity(time(tag, text))), isMalformed, text);
	}
});

test('a certificate keeps its identities whatever becomes of its signature', () => {
	const rewritten = derSequence(tbs, algorithm, derBits(Uint8Array.of(1, 2, 3)));
	assert.deepEqual(identitiesOf(readPathCertificate(rewritten)), identitiesOf(readPathCertificate(genuine)));
	const [, issued] = identitiesOf(readPathCertificate(genuine));
	const [otherTbs, otherIssued] = identitiesOf(readPathCertificate(validity(time(0x17, '260101000000Z'))));
	assert.equal(otherIssued, issued, 'the same issuer and serial');
	assert.notEqual(otherTbs, identitiesOf(readPathCertificate(genuine))[0]);
});

test('names are the same whatever their type of string, case and spaces; never by order or type of attribute', () => {
	const name = (...parts: readonly (readonly [oid: string, tag: number, text: string])[]): Uint8Array =>
		derSequence(
			...parts.map(([oid, tag, text]) => encodeDer(0x31, derSequence(derOid(oid), encodeDer(tag, Buffer.from(text))))),
		);
	const [CN, O] = ['2.5.4.3', '2.5.4.10'];
	const one = name([O, 0x13, 'Paper  Mill'], [CN, 0x13, 'Root']);
	assert(isSameName(one, name([O, 0x0c, ' paper mill '], [CN, 0x13, 'ROOT'])));
	assert(!isSameName(one, name([CN, 0x13, 'Root'], [O, 0x13, 'Paper Mill'])));
	assert(!isSameName(one, name([CN, 0x13, 'Paper Mill'], [CN, 0x13, 'Root'])));
	assert(!isSameName(one, name([O, 0x13, 'Paper Mill'])));
});
