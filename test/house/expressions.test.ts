import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type AST, RegExpParser } from '@eslint-community/regexpp';
import { analyse } from 'scslre';
import { files, writtenIn } from './source.ts';

// CR 7.1: an expression that takes more than time in proportion to its text lets anyone who chooses the text stop a thread.
// Two looks, because each sees what the other does not: `scslre` reads the expression (quantifiers without end that share a
// text), and what nests or repeats choices up to a count is run against texts that grow by a few characters.

interface Expression {
	readonly where: string;
	readonly source: string;
	readonly flags: string;
}

const expressions: Expression[] = files('packages/**/*.ts')
	.filter((file) => !/\.(?:test|soak|fixture)\.ts$/.test(file))
	.flatMap((file) =>
		writtenIn(file).expressions.map(({ raw, source, flags }) => ({ where: `${file}: ${raw}`, source, flags })),
	);

const superLinear = ({ source, flags }: Omit<Expression, 'where'>): string[] =>
	analyse({ source, flags }).reports.map(
		({ type, exponential }) => `${type}, ${exponential ? 'exponential' : 'polynomial'}`,
	);

/** A shortest text that the node matches. */
const example = (node: AST.Node): string => {
	switch (node.type) {
		case 'Alternative':
			return node.elements.map(example).join('');
		case 'Group':
		case 'CapturingGroup':
			return node.alternatives.map(example).reduce((a, b) => (b.length < a.length ? b : a));
		case 'Quantifier':
			return example(node.element).repeat(node.min);
		case 'Character':
			return String.fromCodePoint(node.value);
		case 'CharacterClass':
			return charactersOf(node)[0] ?? 'a';
		case 'CharacterSet':
			return charactersOf(node)[0] ?? 'a';
		default:
			return '';
	}
};

/** Characters that some part of the node takes. */
const charactersOf = (node: AST.Node): string[] => {
	switch (node.type) {
		case 'Character':
			return [String.fromCodePoint(node.value)];
		case 'CharacterClassRange':
			return [String.fromCodePoint(node.min.value), String.fromCodePoint(node.max.value)];
		case 'CharacterSet':
			return { digit: ['0'], word: ['a', '0', '_'], space: [' '], any: ['a'], property: ['A'] }[node.kind];
		case 'CharacterClass':
			return node.negate ? ['a', '0', ' ', '~'] : node.elements.flatMap(charactersOf);
		case 'Quantifier':
			return charactersOf(node.element);
		case 'Alternative':
			return node.elements.flatMap(charactersOf);
		case 'Group':
		case 'CapturingGroup':
			return node.alternatives.flatMap(charactersOf);
		default:
			return [];
	}
};

/** What has to stand before the node. */
const before = (node: AST.Node): string => {
	const { parent } = node;
	if (parent === null) return '';
	const own =
		parent.type === 'Alternative' ? parent.elements.slice(0, parent.elements.indexOf(node as AST.Element)) : [];
	return before(parent) + own.map(example).join('');
};

const isChoice = (node: AST.Node): boolean =>
	node.type === 'Quantifier'
		? node.max > node.min || isChoice(node.element)
		: node.type === 'Alternative'
			? node.elements.some(isChoice)
			: (node.type === 'Group' || node.type === 'CapturingGroup') &&
				(node.alternatives.length > 1 || node.alternatives.some(isChoice));

/** Repetitions of something that can be matched in more than one way. */
const nested = (node: AST.Node): AST.Quantifier[] => {
	const below =
		node.type === 'Pattern' || node.type === 'Group' || node.type === 'CapturingGroup' || node.type === 'Assertion'
			? ('alternatives' in node ? node.alternatives : []).flatMap(nested)
			: node.type === 'Alternative'
				? node.elements.flatMap(nested)
				: node.type === 'Quantifier'
					? nested(node.element)
					: [];
	return node.type === 'Quantifier' && node.max > 8 && isChoice(node.element) ? [node, ...below] : below;
};

/** The best of a few runs, in ms: what else the machine does only adds. */
const time = (expression: RegExp, text: string): number => {
	let best = Infinity;
	for (let run = 0; run < 3; run++) {
		const began = performance.now();
		expression.exec(text);
		best = Math.min(best, performance.now() - began);
	}
	return best;
};

/** Two texts that differ by a few repetitions must not differ by a factor of hundreds. */
const explodes = ({ source, flags }: Omit<Expression, 'where'>): string[] => {
	const unicode = flags.includes('u');
	const pattern = new RegExpParser().parsePattern(source, 0, source.length, {
		unicode,
		unicodeSets: flags.includes('v'),
	});
	const expression = new RegExp(source, flags);
	return nested(pattern).flatMap((quantifier) => {
		const head = before(quantifier);
		const one = [...new Set(charactersOf(quantifier))].slice(0, 8);
		const pumps = [...one, ...one.flatMap((a) => one.map((b) => a + b)), example(quantifier.element)].filter(Boolean);
		return pumps.filter((pump) => {
			const grown = (count: number): string => `${head}${pump.repeat(quantifier.min + count)}\u0001`;
			const few = Math.max(0.005, time(expression, grown(4)));
			for (let count = 6; count <= 30; count += 2) if (time(expression, grown(count)) > 200 * few) return true;
			return false;
		});
	});
};

test('the looks see what they are for', () => {
	assert.notDeepEqual(superLinear({ source: '^(?:a+)+$', flags: '' }), []);
	assert.notDeepEqual(superLinear({ source: 'x*x*$', flags: '' }), []);
	assert.deepEqual(superLinear({ source: '^a+b+$', flags: '' }), []);
	for (const source of [
		'^(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\\.?)+$',
		'^(?:[0-9a-f]{2}|[0-9A-F]{2}){6,}$',
		'^x(?:[ab]|[ac]){3,40}$',
	]) {
		assert.notDeepEqual(explodes({ source, flags: '' }), [], source);
	}
	assert.deepEqual(explodes({ source: '^[a-z](?:[a-z-]{0,61}[a-z])?(?:\\.[a-z]+)*$', flags: '' }), []);
});

test('no expression takes more than time in proportion to its text', () => {
	assert(expressions.length > 100);
	const found = expressions.flatMap((each) => [
		...superLinear(each).map((how) => `${each.where} (${how})`),
		...explodes(each).map((pump) => `${each.where} (explodes on ${JSON.stringify(pump)})`),
	]);
	assert.deepEqual(found, []);
});
