import type { Inner, Opened } from './format.ts';
import { attributeOf, xmlPieces } from './xml-text.ts';

const SHEET = /^xl\/worksheets\/sheet(\d{1,5})\.xml$/;
const SHARED = 'xl/sharedStrings.xml';
const BOOK = 'xl/workbook.xml';
const LINKS = 'xl/_rels/workbook.xml.rels';
const TEXT = /^(?:word\/(?:document|footnotes|header\d*)\.xml|content\.xml|ppt\/slides\/slide\d{1,4}\.xml)$/;
/** Longer parts are left to be searched as any text is. */
const LONGEST_PART = 67_108_864;
/** Cells to the right of a text that are counted as empty ones. */
const MOST_EMPTY = 256;

/** Parts of documents that hold their tables and texts (ECMA-376, ISO 26300). */
export const isOffice = (name: string): boolean =>
	name === SHARED || name === BOOK || name === LINKS || SHEET.test(name) || TEXT.test(name);

const quoted = (cell: string): string => (/[",\n\r]/.test(cell) ? `"${cell.replaceAll('"', '""')}"` : cell);
const csv = (row: readonly string[]): string => row.map(quoted).join(',');

const sharedTexts = (xml: string): string[] => {
	const texts: string[] = [];
	let text = '';
	let inText = false;
	for (const piece of xmlPieces(xml)) {
		if (piece.tag === 'si') text = '';
		else if (piece.tag === '/si') texts.push(text);
		else if (piece.tag === 't' || piece.tag === '/t') inText = piece.tag === 't' && !piece.empty;
		else if (piece.tag === '' && inText) text += piece.text;
	}
	return texts;
};

/** The column of a cell such as `AB12`, from 0. */
const columnOf = (reference: string): number => {
	let column = 0;
	for (const letter of /^[A-Z]{1,3}/.exec(reference)?.[0] ?? '') column = column * 26 + letter.charCodeAt(0) - 64;
	return column - 1;
};

/** A sheet as CSV. */
const sheetText = (xml: string, shared: readonly string[]): string => {
	const lines: string[] = [];
	let row: string[] = [];
	let type = '';
	let value = '';
	let inValue = false;
	for (const { tag, text, empty } of xmlPieces(xml)) {
		if (tag === 'row') row = [];
		else if (tag === '/row') lines.push(csv(row));
		else if (tag === 'c') {
			const column = columnOf(attributeOf(text, 'r') ?? '');
			while (row.length < column && row.length < 16_384) row.push('');
			type = attributeOf(text, 't') ?? '';
			value = '';
			if (empty) row.push('');
		} else if (tag === '/c') row.push(type === 's' ? (shared[Number(value)] ?? '') : value);
		else if (tag === 'v' || tag === 't') inValue = !empty;
		else if (tag === '/v' || tag === '/t') inValue = false;
		else if (tag === '' && inValue) value += text;
	}
	return `${lines.join('\n')}\n`;
};

/** What programs call a sheet that nobody named. */
const UNNAMED =
	/^(?:sheet|tabelle|feuil|feuille|hoja|foglio|folha|planilha|blad|ark|taul|arkusz|list|лист|munka|sayfa|工作表|シート|시트)\s?\d{1,3}$/i;
const LONGEST_NAME = 64;

/** How a sheet is called, so that a device whose name it has is known by it; `other` where it has no name. */
const calledSheet = (name: string | null, other: string): string => {
	const plain = (name ?? '').replaceAll(/: |\//g, ' ').trim().slice(0, LONGEST_NAME);
	return plain === '' || UNNAMED.test(plain) ? other : plain;
};

/** The names of sheets by the names of their parts. */
const sheetNames = (book: string, links: string): ReadonlyMap<string, string> => {
	const targets = new Map<string, string>();
	for (const { tag, text } of xmlPieces(links))
		if (tag === 'Relationship') targets.set(attributeOf(text, 'Id') ?? '', attributeOf(text, 'Target') ?? '');
	const names = new Map<string, string>();
	for (const { tag, text } of xmlPieces(book)) {
		const target = tag.replace(/^\w+:/, '') === 'sheet' ? targets.get(attributeOf(text, 'r:id') ?? '') : undefined;
		if (target !== undefined) names.set(target.replace(/^(?:\/?xl\/)?/, 'xl/'), attributeOf(text, 'name') ?? '');
	}
	return names;
};

const TABLE = /<table:table[\s>]/;
/** The sheets of a workbook of OpenDocument, each with its XML. */
const openSheets = (xml: string): readonly { readonly name: string; readonly xml: string }[] => {
	const [head = '', ...sheets] = xml.includes('<office:spreadsheet') ? xml.split(/(?=<table:table[\s>])/) : [xml];
	if (sheets.length === 0 || TABLE.test(head)) return [{ name: '', xml }];
	return sheets.map((sheet) => ({
		name: attributeOf(sheet.slice(0, sheet.indexOf('>')), 'table:name') ?? '',
		xml: sheet,
	}));
};

/** A text with a line for each paragraph, and its tables as CSV. */
export const documentText = (xml: string): string => {
	const lines: string[] = [];
	let row: string[] | null = null;
	let text = '';
	let repeated = 1;
	for (const { tag, text: inside, empty } of xmlPieces(xml)) {
		const name = tag.replace(/^(\/?)\w+:/, '$1');
		if (tag === '') text += inside;
		else if (name === 'tr' || name === 'table-row') row = [];
		else if (name === 'table-cell' || name === 'tc') {
			repeated = Math.min(MOST_EMPTY, Number(attributeOf(inside, 'table:number-columns-repeated') ?? 1) || 1);
			if (empty) for (let index = 0; index < repeated; index++) row?.push('');
			text = '';
		} else if (name === '/table-cell' || name === '/tc') {
			for (let index = 0; index < repeated; index++) row?.push(text.trim());
			text = '';
		} else if ((name === '/tr' || name === '/table-row') && row !== null) {
			lines.push(csv(row));
			row = null;
		} else if (name === 'tab') text += '\t';
		else if (name === 'br' || name === 'line-break') text += '\n';
		else if ((name === '/p' || name === '/h') && row === null) {
			lines.push(text);
			text = '';
		}
	}
	return `${lines.join('\n')}\n`;
};

/** Collects the parts of a document, whose order in the archive is free; gives their texts when all were met. */
export const officeParts = (opened: Opened) => {
	const parts = new Map<string, string>();
	const give = async (name: string, text: string): Promise<void> => {
		if (text.trim() === '') return;
		const inner = opened.inside(name);
		await inner.write(Buffer.from(text));
		await inner.end();
	};
	return {
		part(name: string, inner: Inner): Inner {
			const chunks: Buffer[] = [];
			let length = 0;
			return {
				content: inner.content,
				async write(chunk) {
					length += chunk.length;
					if (length <= LONGEST_PART) chunks.push(Buffer.from(chunk));
					await inner.write(chunk);
				},
				async end() {
					await inner.end();
					if (length <= LONGEST_PART) parts.set(name, Buffer.concat(chunks).toString('utf8'));
					else opened.problem('a sheet or text is so long that it was not read as one', name);
				},
			};
		},
		async end(): Promise<void> {
			const shared = sharedTexts(parts.get(SHARED) ?? '');
			const names = sheetNames(parts.get(BOOK) ?? '', parts.get(LINKS) ?? '');
			for (const name of [SHARED, BOOK, LINKS]) parts.delete(name);
			for (const [name, xml] of parts) {
				const sheet = SHEET.exec(name)?.[1];
				if (sheet !== undefined)
					await give(calledSheet(names.get(name) ?? null, `sheet ${sheet}`), sheetText(xml, shared));
				else if (name !== 'content.xml') await give(`${name} as text`, documentText(xml));
				else
					for (const [index, one] of openSheets(xml).entries())
						await give(
							calledSheet(one.name, index === 0 ? `${name} as text` : `sheet ${index + 1}`),
							documentText(one.xml),
						);
			}
		},
	};
};
