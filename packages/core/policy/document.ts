import { isAlias, isMap, isNode, isScalar, isSeq, LineCounter, type Node, parseDocument, visit } from 'yaml';
import type { ErrorCode } from '../problem/code.ts';
import { Problem } from '../problem/problem.ts';
import type { PolicyFinding } from './finding.ts';
import { didYouMean } from './nearest.ts';

/** More is not a policy but an attack on its reader. */
const LARGEST = 256 * 1024;

const TOO_DEEP = 'the policy is nested too deeply';

/** Errors of the parser that are better said in our words. */
const SYNTAX: Readonly<Record<string, string>> = {
	MULTIPLE_DOCS: 'a policy is one document, without ---',
	RESOURCE_EXHAUSTION: TOO_DEEP,
};

/** A value of the document: its path in words, its node (null: nothing written), and where it stands. */
export interface Value {
	readonly path: string;
	readonly node: Node | null;
	readonly offset: number;
}

/** A mapping of the document; each value with where its key stands. */
export type Members = ReadonlyMap<string, Value & { readonly keyOffset: number }>;

/** A name that is shown as it is. */
const SHORT = /^[\w.-]{1,64}$/;

/** Somebody's text as it may be shown: short, on one line, without control characters. */
export const quote = (text: string): string => JSON.stringify(text.slice(0, 80));

/** Plain words for what was found where something else was asked. */
const kindOf = (node: Node | null): string => {
	if (isMap(node)) return 'a mapping';
	if (isSeq(node)) return 'a list';
	if (!isScalar(node) || node.value === null) return 'nothing';
	return typeof node.value === 'string' ? quote(node.value) : (node.source?.slice(0, 80) ?? 'something else');
};

/** A YAML text being read strictly: gives values out, and collects everything that is wrong with them. */
export class PolicyDocument {
	readonly #lines = new LineCounter();
	readonly #findings: PolicyFinding[] = [];
	/** Null when the text is no YAML that a policy may be written in; the findings say why. */
	readonly root: Value | null;

	constructor(text: string) {
		this.root =
			text.length > LARGEST ? this.#refuse(0, `a policy has at most ${LARGEST / 1024} KiB`) : this.#parse(text);
	}

	/** In the order of the text. */
	get findings(): readonly PolicyFinding[] {
		return this.#findings.toSorted((a, b) => a.line - b.line || a.column - b.column);
	}

	report(code: ErrorCode, offset: number, message: string): void {
		const { line, col } = this.#lines.linePos(offset);
		this.#findings.push({ code, line: Math.max(line, 1), column: Math.max(col, 1), message });
	}

	/** `didYouMean`, until so much is wrong that looking for near names would take longer than it helps. */
	hint(text: string, known: Iterable<string>): string {
		return this.#findings.length < 100 ? didYouMean(text, known) : '';
	}

	/** The members of a mapping by name. `known` closes the set of names; `required` must be there. Null when it is no mapping. */
	members(value: Value, known: readonly string[] | null, required: readonly string[] = []): Members | null {
		if (!isMap(value.node)) {
			this.#expected(value, 'a mapping');
			return null;
		}
		const members = new Map<string, Value & { keyOffset: number }>();
		for (const { key, value: node } of value.node.items) {
			const keyOffset = isNode(key) ? (key.range?.[0] ?? value.offset) : value.offset;
			const name = isScalar(key) && key.value !== null ? (key.source ?? null) : null;
			if (name === null) {
				this.report('policy-syntax', keyOffset, `a key of ${value.path} must be a name`);
			} else if (members.has(name)) {
				this.report('policy-syntax', keyOffset, `${quote(name)} is written twice in ${value.path}`);
			} else if (known !== null && !known.includes(name)) {
				const hint = this.hint(name, known) || `; ${known.join(', ')} are known`;
				this.report('policy-unknown-key', keyOffset, `${value.path} has no key ${quote(name)}${hint}`);
			} else {
				const child = isNode(node) ? node : null;
				const shown = SHORT.test(name) ? name : quote(name);
				const path = known === null || value.path === 'the policy' ? shown : `${shown} of ${value.path}`;
				members.set(name, { path, node: child, offset: child?.range?.[0] ?? keyOffset, keyOffset });
			}
		}
		for (const name of required) {
			if (!members.has(name)) this.report('policy-missing-key', value.offset, `${value.path} lacks ${name}`);
		}
		return members;
	}

	/** The items of a list; null when it is none. */
	items(value: Value): Value[] | null {
		if (!isSeq(value.node)) {
			this.#expected(value, 'a list, such as [one, two]');
			return null;
		}
		return value.node.items.map((item) => {
			const node = isNode(item) ? item : null;
			return { path: value.path, node, offset: node?.range?.[0] ?? value.offset };
		});
	}

	/** A scalar that `accept` turns into what it means; null, and a finding, where it gives null or throws a `Problem`. */
	scalar<T>(value: Value, expects: string, accept: (scalar: unknown) => T | null): T | null {
		try {
			const scalar = isScalar(value.node) && value.node.value !== null ? accept(value.node.value) : null;
			if (scalar === null) this.#expected(value, expects);
			return scalar;
		} catch (error) {
			if (!(error instanceof Problem)) throw error;
			this.report(error.code, value.offset, `${value.path}: ${error.detail}`);
			return null;
		}
	}

	#expected(value: Value, expects: string): void {
		this.report('policy-bad-value', value.offset, `${value.path} must be ${expects}, not ${kindOf(value.node)}`);
	}

	#refuse(offset: number, message: string): null {
		this.report('policy-syntax', offset, message);
		return null;
	}

	#parse(text: string): Value | null {
		try {
			const document = parseDocument(text, {
				lineCounter: this.#lines,
				prettyErrors: false,
				uniqueKeys: false,
				merge: false,
				logLevel: 'error',
			});
			// After the first error the parser guesses, and what it says of the rest misleads.
			const [broken] = document.errors;
			if (broken !== undefined) return this.#refuse(broken.pos[0], SYNTAX[broken.code] ?? broken.message);
			if (document.directives?.yaml.explicit === true) this.#refuse(0, 'a policy has no %YAML directive');
			visit(document, { Node: (_, node) => this.#plain(node) });
			if (this.#findings.length > 0) return null;
			if (document.contents === null) return this.#refuse(0, 'the policy is empty');
			return { path: 'the policy', node: document.contents, offset: document.contents.range[0] };
		} catch (error) {
			// Whoever walks the document recurses: text nested ever deeper exhausts the stack.
			if (!(error instanceof RangeError)) throw error;
			return this.#refuse(0, TOO_DEEP);
		}
	}

	/** Refuses what makes a text mean something other than what it shows. */
	#plain(node: Node): void {
		const at = node.range?.[0] ?? 0;
		// An alias repeats a part unseen, and aliases of aliases repeat it without bound.
		if (isAlias(node)) this.#refuse(at, 'a policy has no aliases (*): write it out');
		else if (node.anchor !== undefined) this.#refuse(at, 'a policy has no anchors (&)');
		if (node.tag !== undefined) this.#refuse(at, 'a policy has no tags (!)');
	}
}
