import { globSync, readFileSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseSync, Visitor, type VisitorObject } from 'oxc-parser';

export const root = fileURLToPath(new URL('../../', import.meta.url));

export const read = (file: string): string => readFileSync(join(root, file), 'utf8');

/** Paths from the root, sorted; nothing under node_modules. */
export const files = (...patterns: readonly string[]): string[] =>
	globSync(patterns, { cwd: root, exclude: ['**/node_modules/**'] }).toSorted();

/** What one module asks of another: the specifier as written and the value names it takes (`*` for all, none for types). */
export interface Import {
	readonly file: string;
	readonly specifier: string;
	readonly names: readonly string[];
	/** It is not loaded with the file: by `import()`, or in another thread. */
	readonly later?: true;
}

const parse = (file: string, text = read(file)): ReturnType<typeof parseSync> => {
	const parsed = parseSync(file, text);
	const [error] = parsed.errors;
	if (error !== undefined) throw new Error(`${file}: ${error.message}`);
	return parsed;
};

export const visit = (file: string, visitor: VisitorObject): void => new Visitor(visitor).visit(parse(file).program);

/** What is written out in a file. */
export interface Written {
	/** Texts between quotes, those that are the case of a switch too. */
	readonly strings: readonly string[];
	/** Texts that are the case of a switch. */
	readonly cases: readonly string[];
	/** The parts of templates between what is put into them. */
	readonly templates: readonly string[];
	readonly expressions: readonly { readonly raw: string; readonly source: string; readonly flags: string }[];
}

const written = new Map<string, Written>();

/** Each file is read once for all the tests of the house. */
export const writtenIn = (file: string): Written => {
	const known = written.get(file) ?? findWritten(file);
	written.set(file, known);
	return known;
};

const findWritten = (file: string): Written => {
	const [strings, cases, templates]: [string[], string[], string[]] = [[], [], []];
	const expressions: Written['expressions'][number][] = [];
	visit(file, {
		Literal: (node) => {
			if (typeof node.value === 'string') strings.push(node.value);
			if (!('regex' in node) || node.regex === null) return;
			expressions.push({ raw: node.raw ?? '', source: node.regex.pattern, flags: node.regex.flags });
		},
		SwitchCase: ({ test }) => {
			if (test?.type === 'Literal' && typeof test.value === 'string') cases.push(test.value);
		},
		TemplateElement: ({ value }) => void templates.push(value.raw),
	});
	return { strings, cases, templates, expressions };
};

const found = new Map<string, readonly Import[]>();

/** Every import of a file: static, re-export, `import()`, `import('…').Type`, and `new URL('…', import.meta.url)`. */
export const importsOf = (file: string): readonly Import[] => {
	const known = found.get(file) ?? findImports(file);
	found.set(file, known);
	return known;
};

const findImports = (file: string): readonly Import[] => {
	const text = read(file);
	const parsed = parse(file, text);
	const found: Import[] = [];
	for (const { moduleRequest, entries } of parsed.module.staticImports) {
		const names = entries.filter(({ isType }) => !isType).map(({ importName }) => importName.name ?? '*');
		found.push({ file, specifier: moduleRequest.value, names });
	}
	for (const { entries } of parsed.module.staticExports) {
		for (const { moduleRequest, importName, isType } of entries) {
			if (moduleRequest === null) continue;
			found.push({ file, specifier: moduleRequest.value, names: isType ? [] : [importName.name ?? '*'] });
		}
	}
	// The rest is looked for in the tree, which is made when it is asked for: only where a text has it.
	if (!/\bimport\s*[(./]|\bURL\b/.test(text)) return found;
	new Visitor({
		ImportExpression({ source }) {
			const specifier = source.type === 'Literal' ? String(source.value) : '(computed)';
			found.push({ file, specifier, names: ['*'], later: true });
		},
		TSImportType({ source }) {
			found.push({ file, specifier: source.value, names: [] });
		},
		NewExpression({ callee, arguments: [first] }) {
			const url = callee.type === 'Identifier' && callee.name === 'URL';
			if (!url || first?.type !== 'Literal' || typeof first.value !== 'string' || !/\.[cm]?[jt]s$/.test(first.value))
				return;
			found.push({ file, specifier: first.value.replace(/^(?!\.)/, './'), names: ['*'], later: true });
		},
	}).visit(parsed.program);
	return found;
};

/** The file that a relative specifier names, as a path from the root; null for a package. */
export const target = ({ file, specifier }: Import): string | null =>
	/^\.\.?\//.test(specifier) ? normalize(join(dirname(file), specifier)) : null;
