import assert from 'node:assert/strict';
import { test } from 'node:test';
import { requirementIds } from '../policy/index.ts';
import type { Parameters } from '../policy/parameter-value.ts';
import { admitSealed, recallStream } from './admit-sealed.ts';
import { alteredItem } from './altered.ts';
import { now, testStream } from './seal.fixture.ts';
import { readSealedItem } from './sealed-item.ts';
import { sealReading, signReading } from './sealed-reading.ts';

test('of any item: one that only the memory of what is stored tells from it, and one with a header that is refused', async () => {
	const stream = testStream();
	const { message, hash, keys } = await stream.seal();
	const reading = sealReading(keys, 1, new Uint8Array([1, 2, 3]));
	const signed = await signReading(reading, hash, stream.signer);
	const parameters = Object.fromEntries(requirementIds.map((id) => [id, null])) as Parameters;
	const terms = { name: stream.content, rosters: [stream.roster], parameters };
	for (const item of [message, reading, signed]) {
		const seen = recallStream([message], terms);
		const { conflicting, extra } = alteredItem(new Uint8Array(Buffer.concat([message, item])));
		assert.notDeepEqual(conflicting, item);
		assert.equal(readSealedItem(conflicting).identity, readSealedItem(item).identity);
		assert.equal(admitSealed(conflicting, seen, terms, now).refusal, null);
		const { refusal } = admitSealed(extra, seen, terms, now);
		assert.deepEqual([refusal?.code, refusal?.requirement], ['seal-malformed', 'data-minimised']);
	}
});
