import type { Command, Option } from 'commander';

const optionsOf = (command: Command): readonly Option[] => [
	...command.options,
	...command.commands.flatMap((one) => optionsOf(one)),
];

/** Commander's refusal in our words. Where a value is missing it says what it would be: one of some words, or as the help has it. */
export const inOurWords = (program: Command, text: string): string => {
	const said = text.replace(/^error: /, '').trim();
	const [, flags] = /^(?:required )?option '(.+)' (?:argument missing|not specified)$/.exec(said) ?? [];
	const option = flags === undefined ? undefined : optionsOf(program).find((one) => one.flags === flags);
	if (option === undefined) return said;
	if (option.argChoices !== undefined) return `${said}. Allowed choices are ${option.argChoices.join(', ')}.`;
	return option.description === '' ? said : `${said}: ${option.description}`;
};
