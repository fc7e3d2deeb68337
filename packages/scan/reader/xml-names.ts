import { deviceRank } from '../list/key-names.ts';
import { isOtherKeyName } from '../list/other-languages.ts';

const ELEMENT = /(?<=<\/?)[\p{L}_][\p{L}\p{M}\p{N}_.-]{0,40}(?=[\s>])/gu;
const ATTRIBUTE = /(?<=\s)[\p{L}_][\p{L}\p{M}\p{N}_.-]{0,40}(?==["'])/gu;

const english = (written: string, device: string): string =>
	isOtherKeyName(written)
		? 'deviceKey'
		: /[^\p{ASCII}]/u.test(written) && deviceRank(written) !== null
			? device
			: written;

/** A line of XML with the names of its elements and attributes for a key or a device in English, where they are in another language. */
export const inEnglish = (line: string): string =>
	line.includes('<') && line.length < 65_536 && (/[^\p{ASCII}]/u.test(line) || /[0-9a-f]{32}/i.test(line))
		? line.replaceAll(ELEMENT, (name) => english(name, 'device')).replaceAll(ATTRIBUTE, (name) => english(name, 'name'))
		: line;
