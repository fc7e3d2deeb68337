import { type Command, Argument, type Option } from 'commander';
import { print } from '../terminal/output.ts';

/** What may follow some words of a command line. */
interface Place {
	/** The words after `keyward`, such as `device run`; empty at the start. */
	readonly words: string;
	readonly next: readonly Candidate[];
}

interface Candidate {
	readonly word: string;
	readonly summary: string;
}

const optionsOf = (command: Command): Candidate[] =>
	command
		.createHelp()
		.visibleOptions(command)
		.flatMap(({ long, description }: Option) => (long ? [{ word: long, summary: description }] : []));

const placesOf = (command: Command, before: readonly string[] = []): Place[] => {
	const verbs = command.createHelp().visibleCommands(command);
	const named = verbs.map((one) => ({ word: one.name(), summary: one.description() }));
	const choices = command.registeredArguments.flatMap(({ argChoices = [] }) =>
		argChoices.map((word) => ({ word, summary: '' })),
	);
	return [
		{ words: before.join(' '), next: [...named, ...choices, ...optionsOf(command)] },
		...verbs.filter((one) => one.name() !== 'help').flatMap((one) => placesOf(one, [...before, one.name()])),
	];
};

/** Bash looks for the longest words that it knows among those typed, and completes files where nothing else fits. */
const bash = (places: readonly Place[]): string =>
	`# bash completion for keyward: source <(keyward completion bash)
_keyward() {
	local place='' word
	for word in "\${COMP_WORDS[@]:1:COMP_CWORD-1}"; do
		case "$word" in -*) break ;; esac
		place="\${place:+$place }$word"
	done
	local next=''
	case "$place" in
${places
	.toSorted((a, b) => b.words.length - a.words.length)
	.map(({ words, next }) => {
		const pattern = words === '' ? `''` : `'${words}'|'${words} '*`;
		return `\t${pattern}) next='${next.map(({ word }) => word).join(' ')}' ;;`;
	})
	.join('\n')}
	esac
	mapfile -t COMPREPLY < <(compgen -W "$next" -- "\${COMP_WORDS[COMP_CWORD]}")
}
complete -o default -F _keyward keyward
`;

const quoted = (text: string): string => `'${text.replaceAll("'", `'\\''`)}'`;

const zsh = (places: readonly Place[]): string =>
	`#compdef keyward
# zsh completion for keyward: keyward completion zsh > a file _keyward in a folder of fpath
_keyward() {
	local place='' word
	for word in "\${(@)words[2,CURRENT-1]}"; do
		case "$word" in -*) break ;; esac
		place="\${place:+$place }$word"
	done
	local -a next
	case "$place" in
${places
	.toSorted((a, b) => b.words.length - a.words.length)
	.map(({ words, next }) => {
		const pattern = words === '' ? `''` : `'${words}'|'${words} '*`;
		const rows = next.map(({ word, summary }) => quoted(`${word}:${summary}`));
		return `\t${pattern}) next=(${rows.join(' ')}) ;;`;
	})
	.join('\n')}
	esac
	_describe keyward next || _files
}
compdef _keyward keyward
`;

const fish = (places: readonly Place[]): string =>
	`# fish completion for keyward: keyward completion fish > ~/.config/fish/completions/keyward.fish
function __keyward_at
	set -l typed (commandline -opc)
	set -l place
	for word in $typed[2..-1]
		string match -q -- '-*' $word; and break
		set -a place $word
	end
	test "$place" = "$argv[1]"; or string match -q -- "$argv[2]" "$place"
end
${places
	.flatMap(({ words, next }) =>
		next.map(({ word, summary }) => {
			const more = words.includes(' ') ? `${words} *` : words;
			const what = word.startsWith('--') ? `-l ${word.slice(2)}` : `-a ${word}`;
			return `complete -c keyward -n ${quoted(`__keyward_at ${quoted(words)} ${quoted(more)}`)} ${what} -d ${quoted(summary)}`;
		}),
	)
	.join('\n')}
`;

const shells = { bash, zsh, fish } as const;

/** `keyward completion SHELL`: made from the verbs themselves, so that it names what this version has. */
export const register = (program: Command): void => {
	program
		.command('completion')
		.description('Print the completion script for a shell')
		.addArgument(new Argument('<shell>', 'your shell').choices(Object.keys(shells)))
		.option('--json', 'print JSON')
		.addHelpText('after', '\nFor bash, add this line to ~/.bashrc:  source <(keyward completion bash)')
		.action((shell: keyof typeof shells, { json = false }: { readonly json?: boolean }) => {
			const script = shells[shell](placesOf(program));
			print(json ? `${JSON.stringify({ shell, script })}\n` : script);
		});
};
