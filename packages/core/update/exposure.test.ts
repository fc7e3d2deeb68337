import assert from 'node:assert/strict';
import { test } from 'node:test';
import { csaf, osv, product } from './advisory.fixture.ts';
import { readBillOfMaterials } from './bill-of-materials.ts';
import { type Exposure, findExposures, indexAdvisories, type KnownDocument } from './exposure.ts';
import { readAdvisory } from './read-advisory.ts';

const NOW = Date.parse('2026-11-27T00:00:00Z');

const billOf = (...purls: readonly string[]): string =>
	JSON.stringify({
		...{ bomFormat: 'CycloneDX', specVersion: '1.6' },
		metadata: { component: { type: 'firmware', name: 'gamma', purl: 'pkg:generic/acme/gamma@1.2.0' } },
		components: purls.map((purl, at) => ({ type: 'library', name: `part-${at}`, purl })),
	});

const known = (text: string, trusted = true): KnownDocument => ({
	...readAdvisory(text),
	imported: NOW - 1000,
	trusted,
});

const found = (purl: string, ...documents: readonly KnownDocument[]): Exposure[] =>
	findExposures(readBillOfMaterials(billOf(purl)), indexAdvisories(documents), NOW);

const statusOf = (purl: string, ...documents: readonly KnownDocument[]): string[] =>
	found(purl, ...documents).map(({ status }) => status);

test('OSV: versions within the events are affected, from the publication on, and the least fix is told', () => {
	const advisory = known(osv({}));
	const [exposure] = found('pkg:npm/%40acme/codec@1.3.0', advisory);
	assert.deepEqual(exposure, {
		...{ vulnerability: 'OSV-1', aliases: ['CVE-2026-1'], summary: '', component: 'pkg:npm/%40acme/codec@1.3.0' },
		...{ status: 'affected', since: Date.parse('2026-10-01T00:00:00Z'), fixed: '1.4.0', documents: ['OSV-1'] },
	});
	for (const [version, expected] of [
		['1.4.0-rc.1', ['affected']],
		['1.4.0', []],
		['2.0.0', ['affected']],
		['2.3.1', ['affected']],
		['2.3.2', []],
		['nightly', ['cannot-tell']],
	] as const)
		assert.deepEqual(statusOf(`pkg:npm/%40acme/codec@${version}`, advisory), expected, version);
	assert.deepEqual(statusOf('pkg:npm/%40acme/codec', advisory), ['cannot-tell'], 'a component without a version');
	assert.deepEqual(statusOf('pkg:npm/codec@1.3.0', advisory), [], 'another package');
	assert.deepEqual(statusOf('pkg:npm/%40acme/codec@1.3.0', known(osv({ withdrawn: '2026-10-09T00:00:00Z' }))), []);
	const [unpublished] = found('pkg:npm/%40acme/codec@1.3.0', known(osv({ published: undefined })));
	assert.equal(unpublished?.since, NOW - 1000, 'the import counts where no publication is told');
	const [ahead] = found('pkg:npm/%40acme/codec@1.3.0', known(osv({ published: '2030-01-01T00:00:00Z' })));
	assert.equal(ahead?.since, NOW - 1000, 'a publication in the future does not stop the clock');
});

test('OSV: a version that is listed is affected; an order that nobody knows, and commits alone, cannot be told', () => {
	const listed = { package: { ecosystem: 'Packagist', name: 'acme/form' }, versions: ['dev-7'] };
	const ordered = { ...listed, ranges: [{ type: 'ECOSYSTEM', events: [{ introduced: '1.0' }] }] };
	const commits = {
		package: { ecosystem: 'npm', name: 'x' },
		ranges: [{ type: 'GIT', repo: 'r', events: [{ introduced: '0' }] }],
	};
	assert.deepEqual(statusOf('pkg:composer/acme/form@dev-7', known(osv({ affected: [listed] }))), ['affected']);
	assert.deepEqual(statusOf('pkg:composer/acme/form@2.0', known(osv({ affected: [ordered] }))), ['cannot-tell']);
	assert.deepEqual(statusOf('pkg:npm/x@1.0.0', known(osv({ affected: [commits] }))), ['cannot-tell']);
	const elsewhere = readAdvisory(osv({ affected: [{ package: { ecosystem: 'Linux', name: 'Kernel' } }] }));
	assert.deepEqual(elsewhere.advisories[0]?.unmatched, ['Linux Kernel']);
});

test("OSV: Debian's advisories name source packages and releases", () => {
	const entry = (release: string, fixed: string): object => ({
		package: { ecosystem: `Debian:${release}`, name: 'openssl' },
		ranges: [{ type: 'ECOSYSTEM', events: [{ introduced: '0' }, { fixed }] }],
	});
	const advisory = known(osv({ affected: [entry('12', '3.0.15-1~deb12u1'), entry('13', '3.5.1-1')] }));
	const libssl = (version: string, distro: string): string =>
		`pkg:deb/debian/libssl3@${version}?arch=arm64&distro=${distro}&upstream=openssl`;
	assert.deepEqual(statusOf(libssl('3.0.14-1~deb12u2', 'bookworm'), advisory), ['affected']);
	assert.deepEqual(statusOf(libssl('3.0.15-1~deb12u1', 'debian-12'), advisory), []);
	assert.deepEqual(statusOf(libssl('3.0.15-1~deb12u1', 'debian-13'), advisory), ['affected']);
	assert.deepEqual(statusOf('pkg:deb/debian/openssl@3.0.15-1~deb12u1', advisory), ['affected'], 'no release is told');
});

test('VEX: the word of a trusted publisher ends it for the very component, no other', () => {
	const affected = known(osv({}));
	const one = 'pkg:npm/%40acme/codec@1.3.0';
	assert.deepEqual(statusOf(one, affected, known(csaf({ known_not_affected: ['codec'] }))), [
		'not-affected',
		'not-affected',
	]);
	assert.deepEqual(statusOf(one, affected, known(csaf({ fixed: ['codec'] }))), ['fixed', 'fixed']);
	assert.deepEqual(statusOf(one, affected, known(csaf({ under_investigation: ['codec'] }))), [
		'affected',
		'under-investigation',
	]);
	assert.deepEqual(
		statusOf(one, affected, known(csaf({ known_not_affected: ['codec'] }), false)),
		['affected'],
		'a stranger',
	);
	assert.deepEqual(
		statusOf('pkg:npm/%40acme/codec@1.2.0', affected, known(csaf({ known_not_affected: ['codec'] }))),
		['affected'],
		'another version',
	);
	const two = known(osv({ aliases: ['CVE-2026-1', 'CVE-2026-2'] }));
	assert.ok(statusOf(one, two, known(csaf({ known_not_affected: ['codec'] }))).includes('affected'), 'one of two CVEs');
});

test('VEX: of one publisher the newest stands, of two the worse', () => {
	const one = 'pkg:npm/%40acme/codec@1.3.0';
	const good = known(csaf({ known_not_affected: ['codec'] }));
	const later = {
		document: {
			tracking: {
				id: 'ACME-2',
				status: 'final',
				initial_release_date: '2026-11-01T00:00:00Z',
				current_release_date: '2026-11-01T00:00:00Z',
			},
		},
	};
	assert.ok(statusOf(one, good, known(csaf({ known_affected: ['codec'] }, later))).includes('affected'));
	const other = known(
		csaf({ known_affected: ['codec'] }, { document: { publisher: { namespace: 'https://b.example' } } }),
	);
	assert.ok(statusOf(one, good, other).includes('affected'));
	const sooner = {
		document: {
			tracking: {
				id: 'ACME-0',
				status: 'final',
				initial_release_date: '2026-01-01T00:00:00Z',
				current_release_date: '2026-01-01T00:00:00Z',
			},
		},
	};
	assert.ok(!statusOf(one, good, known(csaf({ known_affected: ['codec'] }, sooner))).includes('affected'));
});

test('CSAF: branches give ranges, relationships give what is within what', () => {
	const branch = (range: string): object => ({
		branches: [
			{
				...{ category: 'vendor', name: 'Acme' },
				branches: [
					{
						...{ category: 'product_name', name: 'codec' },
						branches: [
							{ category: 'product_version_range', name: range, product: product('bad', 'pkg:npm/%40acme/codec') },
							{ category: 'product_version', name: '1.4.0', product: product('good', 'pkg:npm/%40acme/codec') },
						],
					},
				],
			},
		],
	});
	const status = { known_affected: ['bad'], first_fixed: ['good'] };
	const ranged = known(csaf(status, { tree: branch('vers:npm/<1.4.0') }));
	const [exposure] = found('pkg:npm/%40acme/codec@1.3.0', ranged);
	assert.deepEqual([exposure?.vulnerability, exposure?.status, exposure?.fixed], ['CVE-2026-1', 'affected', '1.4.0']);
	assert.deepEqual(statusOf('pkg:npm/%40acme/codec@1.4.1', ranged), []);
	const worded = known(csaf(status, { tree: branch('before 1.4') }));
	assert.deepEqual(statusOf('pkg:npm/%40acme/codec@1.3.0', worded), ['cannot-tell']);

	const within = (whole: object): object => ({
		full_product_names: [product('part', 'pkg:npm/%40acme/codec@1.3.0'), whole],
		relationships: [
			{
				...{ category: 'default_component_of', product_reference: 'part', relates_to_product_reference: 'whole' },
				full_product_name: { product_id: 'codec', name: 'codec in gamma' },
			},
		],
	});
	const notIn = (purl: string): KnownDocument =>
		known(csaf({ known_not_affected: ['codec'] }, { tree: within(product('whole', purl)) }));
	const one = 'pkg:npm/%40acme/codec@1.3.0';
	assert.ok(!statusOf(one, known(osv({})), notIn('pkg:generic/acme/gamma@1.2.0')).includes('affected'));
	assert.ok(
		statusOf(one, known(osv({})), notIn('pkg:generic/acme/gamma@1.1.0')).includes('affected'),
		'another version of it',
	);
	assert.ok(
		statusOf(one, known(osv({})), notIn('pkg:generic/acme/delta@1.2.0')).includes('affected'),
		'another product',
	);
	const unnamed = within({ product_id: 'whole', name: 'some product' });
	assert.ok(
		statusOf(one, known(osv({})), known(csaf({ known_not_affected: ['codec'] }, { tree: unnamed }))).includes(
			'affected',
		),
	);
	assert.ok(statusOf(one, known(csaf({ known_affected: ['codec'] }, { tree: unnamed }))).includes('affected'));
});
