import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Problem } from '../problem/problem.ts';
import { MOST_COMPONENTS, readBillOfMaterials } from './bill-of-materials.ts';

const bill = (rest: object): string =>
	JSON.stringify({ bomFormat: 'CycloneDX', specVersion: '1.6', version: 1, ...rest });
const library = (name: string, rest: object = {}): object => ({ type: 'library', name, ...rest });

test('components are read flat, with what they are part of; what is excluded is left out', () => {
	const read = readBillOfMaterials(
		bill({
			metadata: { component: { type: 'firmware', name: 'gamma', version: '1.2.0', purl: 'pkg:generic/gamma@1.2.0' } },
			components: [
				library('openssl', {
					...{ version: '3.0.15-1', purl: 'pkg:deb/debian/openssl@3.0.15-1?arch=arm64', 'bom-ref': 'a' },
					components: [library('zlib', { version: '' }), library('lwip', { components: [library('mbedtls')] })],
				}),
				library('jest', { scope: 'excluded' }),
			],
		}),
	);
	assert.deepEqual(
		[read.subject, ...read.components].map((one) => [one?.name, one?.version, one?.purl?.type ?? null]),
		[
			['gamma', '1.2.0', 'generic'],
			['openssl', '3.0.15-1', 'deb'],
			['zlib', null, null],
			['lwip', null, null],
			['mbedtls', null, null],
		],
	);
	for (const specVersion of ['1.4', '1.5'])
		assert.equal(readBillOfMaterials(bill({ specVersion })).components.length, 0);
});

test('a bill that is not as CycloneDX says is refused, and says where', () => {
	let deep: object = library('a');
	for (let i = 0; i < 40; i++) deep = library('a', { components: [deep] });
	for (const [text, says] of [
		['{"bomFormat":"CycloneDX","specVersion":"1.6"', /cut short/],
		['[]', /must be an object/],
		[JSON.stringify({ spdxVersion: 'SPDX-2.3' }), /bomFormat must be "CycloneDX"/],
		[bill({ specVersion: '1.3' }), /specVersion "1.3" is not read here: write 1.4, 1.5, 1.6/],
		[bill({ component: [] }), /has "component", which CycloneDX does not know/],
		[bill({ components: {} }), /components must be a list/],
		[bill({ components: [library('a'), { type: 'library' }] }), /^components\[1\].name is missing/],
		[bill({ components: [library('a', { purls: 'x' })] }), /components\[0\] has "purls"/],
		[bill({ components: [library('a', { purl: 'deb/a' })] }), /components\[0\].purl: "deb\/a" is no package URL/],
		[bill({ components: [{ type: 'lib', name: 'a' }] }), /components\[0\].type "lib"/],
		[bill({ components: [library('a', { 'bom-ref': 'x' }), library('b', { 'bom-ref': 'x' })] }), /another component/],
		[bill({ components: [library('a', { version: 1 })] }), /components\[0\].version must be a text/],
		[bill({ components: [deep] }), /nested deeper than 32/],
	] as const)
		assert.throws(
			() => readBillOfMaterials(text),
			(error) => error instanceof Problem && error.code === 'bill-malformed' && says.test(error.detail),
			String(says),
		);
});

test('a million components are refused, as soon as there are more than a bill may have', () => {
	const many = `{"bomFormat":"CycloneDX","specVersion":"1.6","components":[${'{"type":"file","name":"a"},'.repeat(999_999)}{"type":"file"}]}`;
	// The last of them has no name: it is never reached.
	assert.throws(
		() => readBillOfMaterials(many),
		(error) => error instanceof Problem && error.detail.includes(`more than ${MOST_COMPONENTS} components`),
	);
});
