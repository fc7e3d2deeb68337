import { createContext, type Context, Script } from 'node:vm';
import { type Milliseconds, Problem, seconds } from '@keyward/core';
import { parseOnce } from '@keyward/core/observe';
import { type DecimalSign, parseFigure } from './number.ts';

/**
 * Finds one figure in what an instrument said. Throws `Problem('source-malformed')` when it is not there or no figure, and
 * `Problem('source-no-value')` where the instrument says that it has none.
 */
export type Pick = (text: string) => number | string | boolean;

/** A busy machine takes a while for an honest expression too. */
const longestSearch: Milliseconds = seconds(1);

const malformed = (detail: string): Problem => new Problem('source-malformed', detail);

/**
 * Reads how a figure is found: `value` (the whole text), `3` (its third field), `/T=([-.0-9]+)/` (the first group of an
 * expression, or all that it fits) or `$.main.temp[0]` (a member of a JSON document); `text:` before one of them takes what is no
 * number as it is. `decimal` is the sign before a fraction, null where nobody has said. Throws `Problem('source-malformed')`.
 */
export const parsePick = (written: string, decimal: DecimalSign | null = null): Pick => {
	const isText = written.startsWith('text:');
	const rule = isText ? written.slice('text:'.length) : written;
	const find = finderOf(rule, decimal);
	return (text) => {
		const found = find(text);
		if (typeof found !== 'string') return found;
		if (NONE.test(found.trim())) throw new Problem('source-no-value', `${rule} is ${shown(found)}`);
		return isText ? found : figureOf(found.trim(), rule, decimal ?? '.');
	};
};

/** How instruments and programs write that they have no value. */
const NONE = /^(?:|[-*?/]+|n\/?an?|null|none|unknown|unavailable|err(?:or)?)$/i;

const figureOf = (text: string, rule: string, decimal: DecimalSign): number | boolean => {
	if (text === 'true' || text === 'false') return text === 'true';
	try {
		return parseFigure(text, decimal);
	} catch (cause) {
		if (!(cause instanceof Problem)) throw cause;
		throw malformed(`${rule}: ${cause.detail}`);
	}
};

const finderOf = (rule: string, decimal: DecimalSign | null): Pick => {
	if (rule === 'value') return (text) => text;
	if (/^[1-9]\d{0,2}$/.test(rule)) return fieldFinder(Number(rule), decimal);
	if (/^\/.+\/$/s.test(rule)) return expressionFinder(rule, decimal);
	if (rule.startsWith('$')) return memberFinder(rule);
	throw malformed(
		`${JSON.stringify(rule)} finds no figure: write value, the number of a field, /EXPRESSION/, or $.PATH of a JSON document`,
	);
};

const fieldFinder =
	(number: number, decimal: DecimalSign | null): Pick =>
	(text) => {
		const fields = fieldsOf(text, decimal);
		const field = fields[number - 1];
		if (field === undefined) throw malformed(`there is no field ${number}: ${fields.length} came`);
		return field.trim();
	};

const fieldsOf = (text: string, decimal: DecimalSign | null): string[] => {
	if (decimal === ',') return text.split(/[;\t]/.test(text) ? /[;\t]/ : / +/).map((field) => field.trim());
	// Integrity (input-refused): the first field of `21,5;40,2` would be 21.
	const doubtful = decimal === null && text.split(/[;\t ]+/).find((part) => /^[+-]?\d+,\d+$/.test(part));
	if (typeof doubtful === 'string')
		throw malformed(
			`${doubtful} is one figure or two: run with --decimal comma if the comma is the decimal sign, or --decimal dot if it separates`,
		);
	return /[,;\t]/.test(text) ? text.split(/[,;\t]/) : text.trim().split(/ +/);
};

const expressionFinder = (rule: string, decimal: DecimalSign | null): Pick => {
	let expression: RegExp;
	try {
		expression = new RegExp(rule.slice(1, -1), 'du');
	} catch (cause) {
		throw malformed(`${rule} is no regular expression: ${cause instanceof Error ? cause.message : String(cause)}`);
	}
	return (text) => {
		const match = search(expression, text, rule);
		if (match === null) throw malformed(`${rule} fits nothing in ${shown(text)}`);
		const found = match[1] ?? match[0];
		const end = match.index + match[0].length;
		// Integrity (input-refused): /T=([-.0-9]+)/ would take 21 of `T=21,5`.
		const goesOn =
			(decimal === '.' ? /^\.\d/ : /^[.,]\d/).test(text.slice(end, end + 2)) ||
			(/^[+-]?\d{1,3}$/.test(found) && NEXT_GROUP.test(text.slice(end, end + 5)));
		if (goesOn && /\d$/.test(found) && (match.indices?.[1]?.[1] ?? end) === end)
			throw malformed(
				`${rule} ends within a figure, at ${shown(`${found}${text.slice(end, end + (/^[.,]/.test(text.slice(end)) ? 2 : 4))}`)}: let it take all of it, or what follows`,
			);
		return found;
	};
};

/** The rest of `1 234`, as people and programs part thousands: /T=([0-9]+)/ would take 1 of it. */
const NEXT_GROUP = /^[ \u00a0\u2009\u202f'’]\d{3}(?!\d)/;

const script = new Script('expression.exec(text)');
let room: (Context & { expression?: RegExp; text?: string }) | null = null;

/** CR 7.1: some expressions take for ever over a line that an attacker chose; they would stop the agent. */
const search = (expression: RegExp, text: string, rule: string): RegExpExecArray | null => {
	room ??= createContext({});
	Object.assign(room, { expression, text });
	try {
		return script.runInContext(room, { timeout: longestSearch }) as RegExpExecArray | null;
	} catch (cause) {
		if ((cause as NodeJS.ErrnoException).code !== 'ERR_SCRIPT_EXECUTION_TIMEOUT') throw cause;
		throw malformed(`${rule} took more than ${longestSearch / 1000} s over ${text.length} characters: simplify it`);
	}
};

const encoder = new TextEncoder();

/** One reading of a document for anyone who reads it: a name that stands twice in an object is refused, as in SenML. */
const documentOf = (text: string): unknown => {
	try {
		return parseOnce(encoder.encode(text));
	} catch (cause) {
		if (!(cause instanceof Problem)) throw cause;
		throw malformed(`${shown(text)}: ${cause.detail}`);
	}
};

const STEP = /\.([A-Za-z_][\w-]*)|\[(\d{1,6})\]|\['([^']*)'\]/y;

const memberFinder = (rule: string): Pick => {
	const steps: (string | number)[] = [];
	STEP.lastIndex = 1;
	for (let at = 1; at < rule.length; at = STEP.lastIndex) {
		const match = STEP.exec(rule);
		if (match === null) throw malformed(`${rule} is no path: write $.name, $['any name'] and $[0] one after the other`);
		steps.push(match[2] === undefined ? (match[1] ?? match[3] ?? '') : Number(match[2]));
	}
	return (text) => {
		let found = documentOf(text);
		for (const step of steps) {
			const inside =
				typeof found === 'object' && found !== null && Array.isArray(found) === (typeof step === 'number')
					? Object.getOwnPropertyDescriptor(found, step)
					: undefined;
			if (inside === undefined) throw malformed(`there is no ${rule}`);
			found = inside.value;
		}
		if (found === null) throw new Problem('source-no-value', `${rule} is null`);
		if (typeof found === 'number' && !Number.isFinite(found)) throw malformed(`${rule} is no finite number`);
		if (typeof found === 'number' || typeof found === 'string' || typeof found === 'boolean') return found;
		throw malformed(`${rule} is neither a number nor a text`);
	};
};

const shown = (text: string): string => JSON.stringify(text.length > 40 ? `${text.slice(0, 40)}…` : text);
