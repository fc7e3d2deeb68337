import assert from 'node:assert/strict';
import { test } from 'node:test';
import { secret, sharingForTests } from './sharing.fixture.ts';

const { sharing } = sharingForTests();

test('tables of MediaWiki, whatever their devices are called', async () => {
	for (const table of [
		(one: string, other: string) =>
			`{| class="wikitable"\n! Device !! PSK\n|-\n| Pump North || ${one}\n|-\n| Pump South || ${other}\n|}\n`,
		(one: string, other: string) =>
			`{| class="wikitable"\n|+ Keys\n|-\n! Device\n! PSK\n! Note\n|-\n| [[Pump North]]\n| <code>${one}</code>\n| a, b\n|-\n| style="color:red" | [[Pumps#S|Pump South]]\n| ${other}\n|\n|}\n`,
	]) {
		const key = secret();
		for (const page of [
			(text: string) => text,
			(text: string) => `== Keys ==\nOf hall 3, as agreed.\n\n${text}\n* end\n`,
		]) {
			assert.deepEqual(
				await sharing({ 'a.wiki': page(table(key, key)) }),
				['critical: 2 devices have the same PSK.'],
				page(table(key, key)),
			);
			assert.deepEqual(await sharing({ 'a.wiki': page(table(key, secret())) }), []);
		}
	}
});
