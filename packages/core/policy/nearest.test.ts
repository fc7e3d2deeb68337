import assert from 'node:assert/strict';
import { test } from 'node:test';
import { didYouMean, nearest } from './nearest.ts';
import { isUnit, units } from './unit.ts';

test('finds the near name and nothing far', () => {
	const known = ['authenticity', 'authorization', 'integrity'];
	assert.equal(nearest('authenticty', known), 'authenticity');
	assert.equal(nearest('intergity', known), 'integrity');
	assert.equal(nearest('INTEGRITY', known), 'integrity');
	assert.equal(nearest('streams', known), null);
	assert.equal(nearest('x'.repeat(100_000), known), null);
	assert.equal(didYouMean('integrty', known), '; did you mean "integrity"?');
	assert.equal(didYouMean('', known), '');
});

test('units are the symbols of RFC 8428 and RFC 8798, and one of ours', () => {
	for (const symbol of ['m', 'Cel', '%RH', '1/min', 'Sv', 'Bspl', 'kg/m3', 'hPa', 'km/h', '/100', 'Sv/h']) {
		assert.ok(isUnit(symbol), symbol);
	}
	for (const symbol of ['cel', 'C°', '', 'sv/h', 'furlong', 'constructor']) assert.ok(!isUnit(symbol), symbol);
	// 58 of RFC 8428, 8 and 33 of RFC 8798, Sv/h; none twice.
	assert.equal(units.size, 100);
	assert.equal(nearest('celsius', units), null);
	assert.equal(nearest('cel', units), 'Cel');
});
