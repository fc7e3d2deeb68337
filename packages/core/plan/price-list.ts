import { isRequirementId } from '../policy/catalogue/index.ts';
import { type DocumentKind, StrictDocument, type Value } from '../policy/document.ts';
import { type Level, levels } from '../policy/level.ts';
import { Problem } from '../problem/problem.ts';
import { type RequirementId, requirementIds } from '../requirement/requirement.ts';

/** Something that can be done, and what it costs. */
export interface Remedy {
	readonly name: string;
	/** One line for people. */
	readonly does: string;
	/** The level up to which each requirement is achieved where it is done. */
	readonly mends: ReadonlyMap<RequirementId, Level>;
	/** For each component that it is done to. */
	readonly each: number;
	/** Once, however many it is done to. */
	readonly once: number;
	/** It can be done where the device is, without fetching or replacing it. */
	readonly field: boolean;
	/** Commands or instructions; `{application}` and `{id}` stand for the component. */
	readonly steps: readonly string[];
}

export interface PriceList {
	readonly currency: string;
	readonly remedies: readonly Remedy[];
}

const priceDocument: DocumentKind = {
	noun: 'price list',
	syntax: 'price-list-malformed',
	unknownKey: 'price-list-malformed',
	missingKey: 'price-list-malformed',
	badValue: 'price-list-malformed',
};

/** More would be no price but a mistake, and no solver is exact with it. */
const DEAREST = 1e9;

const sentence = (scalar: unknown): string | null =>
	typeof scalar === 'string' && scalar.trim() !== '' && scalar.length <= 500 ? scalar.trim() : null;

/** A place to be filled in that nothing fills: it would be printed, and run, as it stands. */
const unfilled = (step: string): string | undefined =>
	step.match(/(?<!\$)\{[A-Za-z_]+\}/g)?.find((place) => place !== '{application}' && place !== '{id}');

const readStep = (document: StrictDocument, at: Value): string | null => {
	const step = document.scalar(at, 'a command or an instruction', sentence);
	const place = step === null ? undefined : unfilled(step);
	if (place !== undefined) document.bad(at.offset, `${place} stands for nothing: use {application} or {id}`);
	return step;
};

/** Whole cents: a sum of prices is then the same in any order. */
const price = (scalar: unknown): number | null =>
	typeof scalar === 'number' && scalar >= 0 && scalar <= DEAREST && Number.isInteger(Math.round(scalar * 1e6) / 1e4)
		? Math.round(scalar * 100) / 100
		: null;

const PRICE = 'a price from 0 to 1000000000 with two decimals at most';

const readMends = (document: StrictDocument, value: Value): Map<RequirementId, Level> => {
	const mends = new Map<RequirementId, Level>();
	const members = document.members(value, null);
	if (members?.size === 0) document.bad(value.offset, 'mends names a requirement and the level that it reaches');
	for (const [id, at] of members ?? []) {
		if (!isRequirementId(id)) {
			document.bad(at.keyOffset, `${JSON.stringify(id)} is no requirement${document.hint(id, requirementIds)}`);
			continue;
		}
		const level = document.scalar(
			at,
			'a level from 1 to 4',
			(scalar) => levels.slice(1).find((one) => one === scalar) ?? null,
		);
		if (level !== null) mends.set(id, level);
	}
	return mends;
};

const remedyKeys = ['does', 'mends', 'each', 'once', 'field', 'steps'];

const readRemedy = (document: StrictDocument, name: string, value: Value): Remedy | null => {
	const members = document.members(value, remedyKeys, ['does', 'mends', 'each']);
	const [doesAt, mendsAt, eachAt] = [members?.get('does'), members?.get('mends'), members?.get('each')];
	if (members === null || doesAt === undefined || mendsAt === undefined || eachAt === undefined) return null;
	const [onceAt, fieldAt, stepsAt] = [members.get('once'), members.get('field'), members.get('steps')];
	const does = document.scalar(doesAt, 'a sentence', sentence);
	const mends = readMends(document, mendsAt);
	const each = document.scalar(eachAt, PRICE, price);
	const once = onceAt === undefined ? 0 : document.scalar(onceAt, PRICE, price);
	const field =
		fieldAt === undefined
			? true
			: document.scalar(fieldAt, 'true or false', (scalar) => (typeof scalar === 'boolean' ? scalar : null));
	const steps = (stepsAt === undefined ? [] : (document.items(stepsAt) ?? [])).map((step) => readStep(document, step));
	if (does === null || each === null || once === null || field === null) return null;
	return { name, does, mends, each, once, field, steps: steps.filter((step) => step !== null) };
};

/** Reads a price list; throws `Problem('price-list-malformed')` with the line and column of the first thing wrong with it. */
export const parsePriceList = (text: string): PriceList => {
	const document = new StrictDocument(text, priceDocument);
	const remedies: Remedy[] = [];
	let currency: string | null = null;
	if (document.root !== null) {
		const members = document.members(document.root, ['currency', 'remedies'], ['currency', 'remedies']);
		const [currencyAt, remediesAt] = [members?.get('currency'), members?.get('remedies')];
		if (currencyAt !== undefined)
			currency = document.scalar(currencyAt, 'a currency such as EUR', (scalar) =>
				typeof scalar === 'string' && /^[A-Z]{3}$/.test(scalar) ? scalar : null,
			);
		for (const [name, value] of (remediesAt && document.members(remediesAt, null)) ?? []) {
			const remedy = readRemedy(document, name, value);
			if (remedy !== null) remedies.push(remedy);
		}
	}
	const [first] = document.findings;
	if (first !== undefined)
		throw new Problem('price-list-malformed', `line ${first.line}, column ${first.column}: ${first.message}`);
	if (currency === null || remedies.length === 0)
		throw new Problem('price-list-malformed', 'The price list has no remedy: add one under remedies');
	return { currency, remedies };
};
