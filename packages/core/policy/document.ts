import { isAlias, isMap, isNode, isScalar, isSeq, LineCounter, type Node, parseDocument, visit } from 'yaml';
import type { ErrorCode } from '../problem/code.ts';
import { Problem } from '../problem/problem.ts';
import type { DocumentFinding } from './finding.ts';
import { didYouMean } from './nearest.ts';

/** More is not a document of ours but an attack on its reader. */
const LARGEST = 256 * 1024;

/** What a kind of document is called, and by which codes its findings go. */
export interface DocumentKind {
	/** As in "a policy has no tags", "the policy lacks mode". */
	readonly noun: string;
	readonly syntax: ErrorCode;
	readonly unknownKey: ErrorCode;
	readonly missingKey: ErrorCode;
	readonly badValue: ErrorCode;
}

export const policyDocument: DocumentKind = {
	noun: 'policy',
	syntax: 'policy-syntax',
	unknownKey: 'policy-unknown-key',
	missingKey: 'policy-missing-key',
	badValue: 'policy-bad-value',
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
export class StrictDocument {
	readonly #lines = new LineCounter();
	readonly #findings: DocumentFinding[] = [];
	readonly #kind: DocumentKind;
	/** Null when the text is no YAML that such a document may be written in; the findings say why. */
	readonly root: Value | null;

	constructor(text: string, kind: DocumentKind) {
		this.#kind = kind;
		this.root =
			text.length > LARGEST ? this.#refuse(0, `a ${kind.noun} has at most ${LARGEST / 1024} KiB`) : this.#parse(text);
	}

	/** In the order of the text. */
	get findings(): readonly DocumentFinding[] {
		return this.#findings.toSorted((a, b) => a.line - b.line || a.column - b.column);
	}

	report(code: ErrorCode, offset: number, message: string): void {
		const { line, col } = this.#lines.linePos(offset);
		this.#findings.push({ code, line: Math.max(line, 1), column: Math.max(col, 1), message });
	}

	/** Reports a value that is not as it should be. */
	bad(offset: number, message: string): void {
		this.report(this.#kind.badValue, offset, message);
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
				this.report(this.#kind.syntax, keyOffset, `a key of ${value.path} must be a name`);
			} else if (members.has(name)) {
				this.report(this.#kind.syntax, keyOffset, `${quote(name)} is written twice in ${value.path}`);
			} else if (known !== null && !known.includes(name)) {
				const hint = this.hint(name, known) || `; ${known.join(', ')} are known`;
				this.report(this.#kind.unknownKey, keyOffset, `${value.path} has no key ${quote(name)}${hint}`);
			} else {
				const child = isNode(node) ? node : null;
				const shown = SHORT.test(name) ? name : quote(name);
				const path = known === null || value.path === this.#whole ? shown : `${shown} of ${value.path}`;
				members.set(name, { path, node: child, offset: child?.range?.[0] ?? keyOffset, keyOffset });
			}
		}
		for (const name of required) {
			if (!members.has(name)) this.report(this.#kind.missingKey, value.offset, `${value.path} lacks ${name}`);
		}
		return members;
	}

	isList(value: Value): boolean {
		return isSeq(value.node);
	}

	/** The items of a list; null when it is not one. */
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
		this.bad(value.offset, `${value.path} must be ${expects}, not ${kindOf(value.node)}`);
	}

	#refuse(offset: number, message: string): null {
		this.report(this.#kind.syntax, offset, message);
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
			if (broken !== undefined) return this.#refuse(broken.pos[0], this.#explain(broken));
			if (document.directives?.yaml.explicit === true) this.#refuse(0, `a ${this.#kind.noun} has no %YAML directive`);
			visit(document, { Node: (_, node) => this.#plain(node) });
			if (this.#findings.length > 0) return null;
			if (document.contents === null) return this.#refuse(0, `${this.#whole} is empty`);
			return { path: this.#whole, node: document.contents, offset: document.contents.range[0] };
		} catch (error) {
			// Code that walks the document recurses: text nested ever deeper exhausts the stack.
			if (!(error instanceof RangeError)) throw error;
			return this.#refuse(0, this.#tooDeep);
		}
	}

	get #whole(): string {
		return `the ${this.#kind.noun}`;
	}

	get #tooDeep(): string {
		return `${this.#whole} is nested too deeply`;
	}

	/** Errors of the parser, in our words where those are better. */
	#explain({ code, message }: { readonly code: string; readonly message: string }): string {
		if (code === 'MULTIPLE_DOCS') return `a ${this.#kind.noun} is one document, without ---`;
		return code === 'RESOURCE_EXHAUSTION' ? this.#tooDeep : message;
	}

	/** Refuses what makes a text mean something other than what it shows. */
	#plain(node: Node): void {
		const at = node.range?.[0] ?? 0;
		// An alias repeats a part unseen, and aliases of aliases repeat it without bound.
		const { noun } = this.#kind;
		if (isAlias(node)) this.#refuse(at, `a ${noun} has no aliases (*): write it out`);
		else if (node.anchor !== undefined) this.#refuse(at, `a ${noun} has no anchors (&)`);
		if (node.tag !== undefined) this.#refuse(at, `a ${noun} has no tags (!)`);
	}
}
