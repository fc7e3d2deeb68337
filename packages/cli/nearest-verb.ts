import { nearest } from '@keyward/core/spelling';
import type { Command } from 'commander';
import { chapters } from './chapters.ts';

/** What other programs call it. */
const elsewhere: Readonly<Record<string, string>> = { man: 'help', manual: 'help', usage: 'help', start: 'serve' };

const verbs = (): string[] => chapters.flatMap(([, files]) => files.flatMap(({ says }) => Object.keys(says)));

const last = (words: string): string => words.split(' ').at(-1) ?? '';

/**
 * The verbs that somebody may have meant by a word that is no verb below `before` (the words of its group; none at the top), and by the word
 * behind it: `list`, `lst`, `list devices`, `device revoke`. Empty when none is near.
 */
export const nearVerbs = (before: readonly string[], word: string, behind = ''): readonly string[] => {
	const all = verbs();
	const start = before.map((one) => `${one} `).join('');
	const here = new Set(
		all.flatMap((one) => (one.startsWith(start) ? [one.slice(start.length).split(' ')[0] ?? ''] : [])),
	);
	const own = nearest(word, here);
	if (own !== null) return [`${start}${own}`];
	const known = before.length === 0 ? elsewhere[word] : undefined;
	if (known !== undefined) return [known];
	const name = nearest(word, all.filter((one) => one.includes(' ')).map(last));
	const named = all.filter((one) => one.includes(' ') && last(one) === name);
	// `list devices`, and `device revoke` for `revoke device`.
	const about = before[0] ?? nearest(behind, new Set(all.map((one) => one.split(' ')[0] ?? '')));
	const turned = all.filter(
		(one) =>
			one ===
			`${
				nearest(
					word,
					all.map((verb) => verb.split(' ')[0] ?? ''),
				) ?? ''
			} ${about}`,
	);
	if (turned.length > 0) return turned;
	const ofThat = named.filter((one) => one.startsWith(`${about} `));
	return ofThat.length > 0 ? ofThat : before.length > 0 ? [] : named;
};

/** So many are named: more is a list that nobody reads. */
const MOST = 3;
/** What most people mean who say no group. */
const usual = ['device', 'reader'];

const inWords = (near: readonly string[], group: Command): string => {
	const likely = near.toSorted((one, other) => rankOf(one) - rankOf(other)).slice(0, MOST);
	const said = likely.map((one) => `keyward ${one}`).join(', ');
	const more = near.length > MOST ? `, or one of ${near.length - MOST} more: keyward help lists them` : '';
	if (near.length > 0) return `\n(Did you mean ${near.length === 1 ? said : `one of ${said}`}${more}?)`;
	// Of all verbs the help has a list; those of a group are few.
	const verbs = group.parent === null ? [] : group.commands.map((one) => one.name()).filter((one) => one !== 'help');
	return verbs.length === 0 ? '' : `\n(keyward ${wordsOf(group)} is followed by ${verbs.join(', ')}.)`;
};

const rankOf = (verb: string): number => {
	const place = usual.indexOf(verb.split(' ')[0] ?? '');
	return place === -1 ? usual.length : place;
};

const wordsOf = (command: Command): string =>
	command.parent?.parent ? `${wordsOf(command.parent)} ${command.name()}` : command.name();

/** Has every word that is no verb answered with the verbs that are near, also those of other groups. */
export const suggestVerbs = (command: Command, before: readonly string[] = []): void => {
	if (command.commands.length === 0) return;
	command.on('command:*', ([word = '', behind = '']: readonly string[]) => {
		const code = 'commander.unknownCommand';
		command.error(`error: unknown command '${word}'${inWords(nearVerbs(before, word, behind), command)}`, { code });
	});
	for (const one of command.commands) suggestVerbs(one, [...before, one.name()]);
};
