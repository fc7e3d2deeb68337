import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Problem } from '../problem/problem.ts';
import { parsePackageUrl, printPackageUrl } from './package-url.ts';
import { parseVersionRange } from './version-range.ts';
import { compareVersions, type VersionScheme } from './version-scheme.ts';
import { contains } from './version-set.ts';

/** Each list in ascending order; what is in one inner list is equal. */
const ascending: readonly (readonly [VersionScheme, readonly (readonly string[])[]])[] = [
	[
		'semver',
		[
			['0'],
			['1.0.0-alpha'],
			['1.0.0-alpha.1'],
			['1.0.0-alpha.beta'],
			['1.0.0-beta'],
			['1.0.0-beta.2'],
			['1.0.0-beta.11'],
			['1.0.0-rc.1'],
			['1.0.0', 'v1.0.0', '1', '1.0', '1.0.0+build.7'],
			['1.0.10'],
			['1.10.0'],
			['18446744073709551617.0.0'],
		],
	],
	[
		'deb',
		[
			['1.0~~'],
			['1.0~~a'],
			['1.0~rc1-1'],
			['1.0', '1.0-0', '0:1.0', '1.00'],
			['1.0-1~deb12u1'],
			['1.0-1'],
			['1.0-1+b1'],
			['1.0a-1'],
			['1.0+dfsg-1'],
			['1.0.1-1'],
			['1.2.3-4'],
			['1.10-1'],
			['1:0.1-1'],
		],
	],
	[
		'pypi',
		[
			['1.0.dev456'],
			['1.0a1', '1.0-alpha.1', '1.0.ALPHA1'],
			['1.0a2.dev456'],
			['1.0a12.dev456'],
			['1.0a12'],
			['1.0b1.dev456'],
			['1.0b2'],
			['1.0b2.post345.dev456'],
			['1.0b2.post345'],
			['1.0rc1.dev456'],
			['1.0rc1', '1.0c1', '1.0-pre1'],
			['1.0', '1', 'v1.0.0', ' 1.0 '],
			['1.0+abc.5'],
			['1.0+abc.7'],
			['1.0+5'],
			['1.0.post456.dev34'],
			['1.0.post456', '1.0-456', '1.0.rev456'],
			['1.1.dev1'],
			['1.10'],
			['1!0.1'],
		],
	],
];

for (const [scheme, list] of ascending) {
	test(`${scheme}: every pair of a list in order compares as it stands`, () => {
		const flat = list.flatMap((equal, rank) => equal.map((version) => ({ version, rank })));
		for (const a of flat)
			for (const b of flat)
				assert.equal(
					Math.sign(compareVersions(scheme, a.version, b.version) ?? Number.NaN),
					Math.sign(a.rank - b.rank),
					`${a.version} and ${b.version}`,
				);
	});
}

test('what is no version of a scheme is compared with nothing', () => {
	assert.deepEqual(
		[
			compareVersions('semver', '1.0.0.0', '1.0.0'),
			compareVersions('semver', '01.0.0', '1.0.0'),
			compareVersions('deb', 'unknown', '1.0'),
			compareVersions('deb', '1.0-1_2', '1.0'),
			compareVersions('pypi', '1.0-final-7', '1.0'),
			compareVersions('pypi', '', '1.0'),
		],
		[null, null, null, null, null, null],
	);
});

const isIn = (range: string, version: string | null): string => contains(parseVersionRange(range), version);

test('vers: a version is in a range, out of it, or nobody can tell', () => {
	const cases: readonly (readonly [range: string, version: string | null, expected: string])[] = [
		['vers:npm/1.2.3|>=2.0.0|<5.0.0', '1.2.3', 'in'],
		['vers:npm/1.2.3|>=2.0.0|<5.0.0', '1.2.4', 'out'],
		['vers:npm/1.2.3|>=2.0.0|<5.0.0', '2.0.0', 'in'],
		['vers:npm/1.2.3|>=2.0.0|<5.0.0', '5.0.0', 'out'],
		['vers:npm/<5.0.0|>=2.0.0', '1.0.0', 'out'],
		['vers:deb/<1.1.1n-0%2Bdeb11u5', '1.1.1n-0+deb11u4', 'in'],
		['vers:deb/<1.1.1n-0%2Bdeb11u5', '1.1.1n-0+deb11u5', 'out'],
		['vers:pypi/!=1.0|>=0.9', '1.0.0', 'out'],
		['vers:pypi/!=1.0|>=0.9', '1.1', 'in'],
		['vers:pypi/!=1.0', '2.0', 'in'],
		['vers:pypi/*', '2.0', 'in'],
		['vers:pypi/*', null, 'in'],
		// Redundant constraints: the wider one stands.
		['vers:npm/>1.0.0|>=2.0.0|<3.0.0|<4.0.0', '1.5.0', 'in'],
		['vers:npm/>1.0.0|>=2.0.0|<3.0.0|<4.0.0', '3.5.0', 'in'],
		['vers:npm/>1.0.0|>=2.0.0|<3.0.0|<4.0.0', '4.0.0', 'out'],
		// An order that nobody here knows, and malformed versions.
		['vers:alpine/<1.2.3-r4', '1.0-r0', 'cannot-tell'],
		['vers:alpine/1.2.3-r4', '1.2.3-r4', 'in'],
		['vers:alpine/1.2.3-r4', '1.2.3-r5', 'cannot-tell'],
		['vers:npm/>=1.0.0', 'nightly', 'cannot-tell'],
		['vers:npm/>=1.0.0', null, 'cannot-tell'],
		['vers:npm/>=one', '1.0.0', 'cannot-tell'],
	];
	for (const [range, version, expected] of cases)
		assert.equal(isIn(range, version), expected, `${String(version)} of ${range}`);
});

const refuses = (code: string, work: () => unknown, says: RegExp): void =>
	assert.throws(work, (error) => error instanceof Problem && error.code === code && says.test(error.detail));

test('vers: what is no range is refused, and says why', () => {
	for (const [range, says] of [
		['npm/>=1.0.0', /write vers:/],
		['vers:npm/>=', /no comparator and version/],
		['vers:npm/>=1|>=1', /twice/],
		['vers:npm/>=%zz', /UTF-8/],
		['vers:npm/1.0 .0', /no comparator/],
		[`vers:npm/${Array.from({ length: 1001 }, (_, i) => `${i}.0.0`).join('|')}`, /more than 1000/],
	] as const)
		refuses('version-range', () => parseVersionRange(range), says);
});

test('purl: what tools write differently for one package is one', () => {
	const canonical: readonly (readonly [written: string, printed: string])[] = [
		['pkg:maven/org.apache.commons/io@1.3.4', 'pkg:maven/org.apache.commons/io@1.3.4'],
		['PKG://NPM/%40Angular/animation@12.3.1', 'pkg:npm/%40angular/animation@12.3.1'],
		['pkg:npm/@angular/animation', 'pkg:npm/%40angular/animation'],
		['pkg:PYPI/Django_package.X@1.11.1.dev1', 'pkg:pypi/django-package-x@1.11.1.dev1'],
		[
			'pkg:deb/Debian/cURL@7.50.3-1?distro=jessie&arch=i386&checksum=',
			'pkg:deb/debian/curl@7.50.3-1?arch=i386&distro=jessie',
		],
		[
			'pkg:golang/google.golang.org/genproto#/googleapis/../api/',
			'pkg:golang/google.golang.org/genproto#googleapis/api',
		],
		['pkg:deb/debian/libssl3@1%3A3.0~rc1%2Bb1', 'pkg:deb/debian/libssl3@1:3.0~rc1%2Bb1'],
		['pkg:generic/a%20b@1%400', 'pkg:generic/a%20b@1%400'],
	];
	for (const [written, printed] of canonical) {
		assert.equal(printPackageUrl(parsePackageUrl(written)), printed);
		assert.equal(printPackageUrl(parsePackageUrl(printed)), printed);
	}
});

test('purl: what is malformed is refused, and says why', () => {
	for (const [written, says] of [
		['deb/debian/curl', /begin with pkg:/],
		['pkg:deb', /no type/],
		['pkg:/curl', /no type/],
		['pkg:deb/', /no type/],
		['pkg:deb/debian/a%2Fb/c', /hides a \//],
		['pkg:deb/cu%rl', /UTF-8/],
		['pkg:deb/curl?1a=b', /no name of a qualifier/],
		['pkg:deb/curl?arch=a&ARCH=b', /twice/],
		['pkg:deb/cu rl', /spaces/],
		[`pkg:deb/${'a'.repeat(5000)}`, /more than 4096/],
	] as const)
		refuses('package-url', () => parsePackageUrl(written), says);
});
