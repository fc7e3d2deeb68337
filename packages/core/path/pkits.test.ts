import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { Problem } from '../problem/problem.ts';
import { identitiesOf, type PathCertificate, readPathCertificate } from './path-certificate.ts';
import { findPathFlaw, type PathFlaw } from './validate-path.ts';

// NIST PKITS (vectors/pkits/README.md).

interface Vector {
	readonly name: string;
	readonly path: readonly string[];
	readonly valid: boolean;
	readonly policies?: readonly string[];
	readonly requireExplicit?: true;
	readonly inhibitMapping?: true;
	readonly inhibitAny?: true;
}

interface Listed {
	readonly reason: string;
	readonly tests: readonly string[];
}

const read = (name: string): unknown =>
	JSON.parse(readFileSync(new URL(`../../../vectors/pkits/${name}.json`, import.meta.url), 'utf8'));
const { tests, certificates } = read('pkits') as { tests: Vector[]; certificates: Record<string, string> };
const { refused, withoutCrlSigner, revocation } = read('expected') as Record<
	'refused' | 'withoutCrlSigner' | 'revocation',
	Listed
>;

const certificate = (name: string): PathCertificate =>
	readPathCertificate(new Uint8Array(Buffer.from(certificates[name] ?? '', 'base64')));

const policyOf = (name: string): string =>
	name === 'anyPolicy' ? '2.5.29.32.0' : name.replace(/^NIST-test-policy-/, '2.16.840.1.101.3.2.1.48.');

/** Null for a valid path. */
const judge = (
	vector: Vector,
	path = vector.path,
	isRevoked: (certificate: PathCertificate) => boolean = () => false,
): PathFlaw | Problem | null => {
	try {
		return findPathFlaw(path.map(certificate), {
			now: Date.UTC(2020, 0, 1),
			purpose: null,
			isRevoked,
			policies: {
				initial: new Set((vector.policies ?? ['anyPolicy']).map(policyOf)),
				requireExplicit: vector.requireExplicit ?? false,
				inhibitMapping: vector.inhibitMapping ?? false,
				inhibitAny: vector.inhibitAny ?? false,
			},
		});
	} catch (error) {
		if (error instanceof Problem) return error;
		throw error;
	}
};

test('every path of PKITS is judged as the suite says, but for those listed with their reason', () => {
	assert.equal(tests.length, 249);
	const listed = new Set([refused, withoutCrlSigner, revocation].flatMap((list) => list.tests));
	for (const vector of tests) {
		if (listed.has(vector.name)) continue;
		const flaw = judge(vector);
		assert.equal(flaw === null, vector.valid, `${vector.name}: ${flaw === null ? 'accepted' : JSON.stringify(flaw)}`);
	}
});

const named = (names: readonly string[]): Vector[] => {
	const found = tests.filter(({ name }) => names.includes(name));
	assert.equal(found.length, names.length);
	return found;
};

test('the valid paths that are refused are those listed', () => {
	for (const vector of named(refused.tests)) {
		assert(vector.valid, vector.name);
		assert(judge(vector) !== null, vector.name);
	}
});

test('paths with the certificate of a CRL signer among them are refused, and valid without it', () => {
	for (const vector of named(withoutCrlSigner.tests)) {
		assert(vector.valid, vector.name);
		assert(judge(vector) !== null, vector.name);
		assert(
			[1, 2].some((at) => judge(vector, vector.path.toSpliced(at, 1)) === null),
			vector.name,
		);
	}
});

test('paths whose only flaw is in a CRL are refused once their end entity is named as revoked, by either identity', () => {
	for (const vector of named(revocation.tests)) {
		assert(!vector.valid, vector.name);
		assert.equal(judge(vector), null, vector.name);
		for (const revoked of identitiesOf(certificate(vector.path.at(-1) ?? ''))) {
			const flaw = judge(vector, vector.path, (one) => identitiesOf(one).includes(revoked));
			assert.equal(flaw instanceof Problem ? flaw : flaw?.kind, 'revoked', vector.name);
		}
	}
});
