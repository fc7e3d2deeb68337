export interface JsonEvents {
	open(kind: 'object' | 'array'): void;
	close(): void;
	/** The name of the next value in an object. */
	name(text: string): void;
	/** A string, whole; null for one that is longer than 64 Ki characters or has a broken escape. */
	string(text: string | null): void;
	malformed(what: string): void;
}

const LONGEST = 65_536;

/**
 * Reads JSON in pieces and bounded memory: one value, many after each other or a line each, with comments allowed. What is
 * malformed is told and passed over, and reading goes on. Numbers and literals are passed over: no key is one.
 */
export const jsonTokens = (events: JsonEvents) => {
	let rest = '';
	let skipping = false;
	const stack: ('object' | 'array')[] = [];
	/** In an object: whether the next string is a name. */
	let named = false;
	let line = 1;

	const string = (text: string | null): void => {
		if (stack.at(-1) === 'object' && !named) {
			events.name(text ?? '');
			named = true;
			return;
		}
		events.string(text);
	};
	const close = (kind: 'object' | 'array'): void => {
		if (stack.at(-1) !== kind) {
			events.malformed(`a bracket closes what was not opened, line ${line}`);
			if (!stack.includes(kind)) return;
			while (stack.at(-1) !== kind) {
				stack.pop();
				events.close();
			}
		}
		stack.pop();
		events.close();
		named = false;
	};

	/** Reads what is whole in `text`; gives where the rest begins. */
	const read = (text: string, last: boolean): number => {
		for (let at = 0; at < text.length; at++) {
			const character = text[at];
			if (character === '\n') line++;
			else if (character === '{' || character === '[') {
				// Deeper than any export nests; brackets are then only counted by their closing.
				if (stack.length >= 256) {
					events.malformed(`nested too deeply, line ${line}`);
					continue;
				}
				const kind = character === '{' ? 'object' : 'array';
				stack.push(kind);
				events.open(kind);
				named = false;
			} else if (character === '}' || character === ']') close(character === '}' ? 'object' : 'array');
			else if (character === ',') named = false;
			else if (character === '/') {
				const end = text[at + 1] === '*' ? text.indexOf('*/', at + 2) : text.indexOf('\n', at);
				if (end === -1) return last ? text.length : at;
				at = text[at + 1] === '*' ? end + 1 : end - 1;
			} else if (character === '"') {
				const end = endOfString(text, at);
				if (end === -1) return at;
				string(valueOf(text.slice(at, end + 1)));
				at = end;
			}
		}
		return text.length;
	};
	return {
		write(text: string): void {
			let all = rest + text;
			if (skipping) {
				const end = endOfString(all, -1);
				if (end === -1) {
					rest = all.endsWith('\\') ? '\\' : '';
					return;
				}
				skipping = false;
				string(null);
				all = all.slice(end + 1);
			}
			rest = all.slice(read(all, false));
			if (rest.length > LONGEST) {
				skipping = rest.startsWith('"');
				rest = rest.endsWith('\\') ? '\\' : '';
			}
		},
		end(): void {
			read(rest, true);
			if (stack.length > 0) events.malformed(`the JSON ends before it is closed, line ${line}`);
			while (stack.pop() !== undefined) events.close();
		},
	};
};

/** The closing quote of the string that opens at `from`; -1 when it is not there yet. */
const endOfString = (text: string, from: number): number => {
	for (let at = from; ;) {
		at = text.indexOf('"', at + 1);
		if (at === -1) return -1;
		let slashes = 0;
		while (text[at - 1 - slashes] === '\\' && at - 1 - slashes > from) slashes++;
		if (slashes % 2 === 0) return at;
	}
};

const valueOf = (quoted: string): string | null => {
	if (quoted.length > LONGEST) return null;
	if (!quoted.includes('\\')) return quoted.slice(1, -1);
	try {
		const value: unknown = JSON.parse(quoted);
		return typeof value === 'string' ? value : null;
	} catch {
		return null;
	}
};
