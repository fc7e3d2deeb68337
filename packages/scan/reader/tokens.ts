import { KEY } from './key-like.ts';

/** A word of a line, a text in quotes or a mark. */
export interface Token {
	readonly kind: 'word' | 'quoted' | 'number' | 'mark' | 'key';
	readonly text: string;
}

const TOKEN =
	/\ufffc|"([^"\\\ufffc]{0,80})"|'([^'\\\ufffc]{0,80})'|[\p{L}\p{N}_$@](?:[\p{L}\p{N}_$@.:/-]{0,126}[\p{L}\p{N}_$])?|\S/gu;

const tokenOf = ([all, double, single]: RegExpExecArray): Token => {
	const quoted = double ?? single;
	if (all === KEY) return { kind: 'key', text: '' };
	if (quoted !== undefined) return { kind: 'quoted', text: quoted };
	if (/^\d+$/.test(all)) return { kind: 'number', text: all };
	return { kind: /^[\p{L}\p{N}_$@]/u.test(all) ? 'word' : 'mark', text: all };
};

/** The words and marks of a line, in which {@link KEY} stands for each key, without the marks that begin and end it: of a list, they differ. */
export const tokensOf = (text: string): readonly Token[] => {
	const tokens = Array.from(text.matchAll(TOKEN), tokenOf);
	const first = tokens.findIndex(({ kind }) => kind !== 'mark');
	return first === -1 ? [] : tokens.slice(first, tokens.findLastIndex(({ kind }) => kind !== 'mark') + 1);
};

/** How the line is built, whatever its words are. */
export const shapeOf = (tokens: readonly Token[]): string =>
	tokens.map(({ kind, text }) => (kind === 'mark' ? text : kind === 'number' ? 'word' : kind)).join(' ');
