import assert from 'node:assert/strict';
import { test } from 'node:test';
import { files, visit } from './source.ts';

/** What a person reads or hears. */
const said = new Set(['aria-label', 'title', 'placeholder', 'alt', 'label', 'data-label']);

const textsIn = (file: string): string[] => {
	const found: string[] = [];
	visit(file, {
		JSXText({ value }) {
			if (/\p{L}{2}/u.test(value)) found.push(`${file}: ${value.trim()}`);
		},
		JSXAttribute({ name, value }) {
			if (name.type === 'JSXIdentifier' && said.has(name.name) && value?.type === 'Literal')
				found.push(`${file}: ${name.name}=${JSON.stringify(value.value)}`);
		},
	});
	return found;
};

test("every text of the console's pages stands in packages/console/texts: another language is another folder", () => {
	const found = files('packages/console/**/*.tsx').flatMap(textsIn);
	assert.deepEqual(found, []);
	assert.deepEqual(textsIn('test/house/fixtures/texts.tsx').length, 2);
});
