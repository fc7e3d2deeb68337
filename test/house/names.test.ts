import assert from 'node:assert/strict';
import { test } from 'node:test';
import { files } from './source.ts';

// A file is named after what it holds, in the words of a standard or of the field.

/** Words that were coined here once, and what the field calls it. */
const coined: Readonly<Record<string, string>> = {
	asking: 'request',
	brought: 'result',
	complaint: 'input error',
	door: 'API, RPC',
	errand: 'enrolment request',
	expecting: 'registration',
	farewell: 'disconnect',
	followers: 'delivery, notify, event',
	ground: 'dependencies',
	horizon: 'retention watermark',
	maker: 'manufacturer',
	mend: 'remediation',
	news: 'event',
	patience: 'timeout',
	standing: 'lifecycle, or what is judged',
	sweep: 'expiry',
	tally: 'counters',
	tending: 'maintenance',
	told: 'event, or what was stored',
	tray: 'provisioning batch',
	turns: 'keyed mutex',
	vouch: 'endorsement',
};

const coinedIn = (path: string): string[] =>
	path.split(/[/.-]/).filter((word) => Object.hasOwn(coined, word.replace(/s$/, '')) || Object.hasOwn(coined, word));

test('no file or folder is named by a word that was coined here', () => {
	const paths = files('{packages,scripts,attacks,bench,examples,test}/**/*.{css,mjs,py,sh,ts,tsx}');
	assert.ok(paths.length > 1000);
	const found = paths.flatMap((path) => coinedIn(path).map((word) => `${path}: ${word}; say ${coined[word] ?? 'it'}`));
	assert.deepEqual(found, []);
});

test('the words are found in files and folders, whole', () => {
	assert.deepEqual(coinedIn('packages/service/doors/answer-door.ts'), ['doors', 'door']);
	assert.deepEqual(coinedIn('packages/core/outdoor/background.test.ts'), []);
});

/** Names that say nothing of what is inside. */
const hollow = /(?:^|[/-])(?:utils?|helpers?|misc|stuff|manager|base|impl)(?:[./-]|$)/;

test('no file is named by a word that says nothing', () => {
	assert.deepEqual(
		files('packages/*/**/*.{ts,tsx,mjs}').filter((path) => hollow.test(path) && !path.startsWith('packages/console/')),
		[],
	);
});
