import { parsePick, type Pick, type Zone } from '@keyward/agent';
import { zoneOf } from './lines.ts';
import { misuse, type SourceOptions } from './options.ts';

/** `--time-from` and `--zone`: a time is read as a text. */
export const timeFrom = ({ timeFrom: rule, zone }: SourceOptions): { readonly time?: Pick; readonly zone?: Zone } => {
	if (rule === undefined && zone !== undefined) throw misuse('--zone is that of --time-from: give that as well');
	return rule === undefined
		? {}
		: { time: parsePick(rule.startsWith('text:') ? rule : `text:${rule}`), ...zoneOf({ zone }) };
};
