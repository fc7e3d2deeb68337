import { couldBeDevice } from '../list/named-key.ts';
import { gathers, underThese } from '../list/part-of.ts';
import { elementPath } from './element-path.ts';

interface Open {
	readonly indent: number;
	readonly name: string;
	/** An item of a list that is called so. */
	readonly isItem?: boolean;
}

/** Deeper than settings are. */
const MOST = 16;
const LONGEST_LINE = 512;

const BRACKETED = /^\s{0,16}\[{1,2}\s{0,4}([^[\]"'{}=,]{1,64}?)\s{0,4}\]{1,2}\s{0,8}(?:[#;].*)?$/;
/** `pump:` of YAML, `sensor "north" {`, `conn pump {`, `config device 'north'`. */
const NAMED = /^\s{0,64}(?:-\s{1,4})?["']?([\p{L}\d][\p{L}\d _.-]{0,63})["']?\s{0,4}:\s{0,8}(?:#.*)?$/u;
const BRACED = /^\s{0,64}(?:[\w-]{1,32}\s{1,8})?["']?([\p{L}\d][\p{L}\d_.-]{0,63})["']?\s{0,8}(?:=\s{0,8})?\{\s{0,8}$/u;
/** `- name: RTU-1` of YAML. */
const ITEM =
	/^\s{0,64}-\s{1,8}["']?(?:id|name|serial|device|node|sensor|meter|gateway|hostname)["']?:\s{1,8}["']?([\p{L}\d][\p{L}\d_.@ -]{0,63})["']?\s{0,8}$/iu;
const TITLE = /^\s{0,3}(#{2,6})\s{1,8}([^#].{0,63}?)\s{0,8}#{0,6}$/;
const FIRST_TITLE = /^#\s{1,8}([^#].{0,63}?)\s{0,8}#?$/;
const DIRECTIVE = /#\s{0,4}(?:if|el|endif)/;
const CONDITION = /^\s{0,16}#\s{0,4}(?:if|ifdef|elif)\s(.{1,80})$/;

/** `defined(NODE_1)`, `NODE_ID == 2`: what is built for one device. */
const conditionIn = (text: string): string =>
	text
		.replaceAll(/\bdefined\b|_?ID\b|[()=]/g, ' ')
		.split(/\s+/)
		.join(' ')
		.trim();

/** In which sections of a text a line stands, by what heads them, from the outermost: for settings that name no device otherwise. */
export const sectionPath = (path: string) => {
	let open: Open[] = [];
	let titles: Open[] = [];
	let conditions: string[] = [];
	const elements = elementPath();
	const isProse = /\.(?:md|markdown|adoc|txt|rst)$/i.test(path);
	const title = (level: number, name: string): void => {
		titles = [...titles.filter(({ indent }) => indent < level), { indent: level, name }];
		open = [];
	};
	const condition = (text: string): boolean => {
		const [, written] = CONDITION.exec(text) ?? [];
		if (written !== undefined) {
			if (/^\s*#\s*elif/.test(text)) conditions.pop();
			conditions.push(conditionIn(written));
		} else if (/^\s{0,16}#\s{0,4}ifndef\s/.test(text)) conditions.push('');
		else if (/^\s{0,16}#\s{0,4}else\b/.test(text)) conditions.splice(-1, 1, '');
		else if (/^\s{0,16}#\s{0,4}endif\b/.test(text)) conditions.pop();
		else return false;
		if (conditions.length > MOST) conditions = [];
		return true;
	};
	return {
		/** Told of every line. */
		line(text: string): void {
			if (text.length > LONGEST_LINE || text.trim() === '') return;
			if (text.includes('#') && DIRECTIVE.test(text) && condition(text)) return;
			const [, marks, named] = TITLE.exec(text) ?? [];
			if (marks !== undefined && named !== undefined) return title(marks.length, named);
			const [, first] = isProse ? (FIRST_TITLE.exec(text) ?? []) : [];
			if (first !== undefined) return title(1, first);
			if (/^\s{0,64}[#;]/.test(text)) return;
			if (text.startsWith('---')) open = [];
			const [, bracketed] = BRACKETED.exec(text) ?? [];
			if (bracketed !== undefined) {
				// A table of TOML in another: `[gw-1.s-2]`.
				const names = /^[\d.]+$/.test(bracketed) ? [bracketed] : bracketed.split('.', MOST);
				open = names.map((name) => ({ indent: -1, name }));
				return;
			}
			const indent = text.search(/\S/);
			while ((open.at(-1)?.indent ?? -1) >= indent) open.pop();
			const [, item] = ITEM.exec(text) ?? [];
			const [, name = item] = NAMED.exec(text) ?? BRACED.exec(text) ?? [];
			if (name !== undefined && open.length < MOST) open.push({ indent, name, isItem: item !== undefined });
		},
		/** Told of the elements in a piece of a line. */
		elements: elements.read,
		/** What is to be said of a place behind its label. */
		under(): string {
			const around = [...titles, ...open, ...elements.open()].map(({ name }) => name);
			return underThese(around.concat(conditions.filter((one) => one !== '')));
		},
		/** The list or element in which a place is an item. */
		list: (): string => elements.open().at(-1)?.tag ?? open.findLast(({ isItem = false }) => !isItem)?.name ?? '',
		/** What lies around that may be a device, from the outermost. */
		outers(): readonly string[] {
			const sections = open.flatMap(({ name, isItem = false }, at) => {
				const isDevice = isItem || (/\d/.test(name) && couldBeDevice(name));
				// `[broker_1]` is the other end of one that it holds.
				return isDevice && !gathers(open[at - 1]?.name ?? '') && (isItem || !gathers(name)) ? [name] : [];
			});
			const named = elements.open().flatMap(({ tag, name }) => (/^\d+$/.test(name) || gathers(tag) ? [] : [name]));
			return [...sections, ...named];
		},
	};
};
