import { type Command, Argument, type Option } from 'commander';
import { print } from '../terminal/output.ts';

/** What a value is: one of some words, a file, a folder, or something that nobody can propose. */
type Value = readonly string[] | 'file' | 'folder' | 'other';

interface Candidate {
	readonly word: string;
	readonly summary: string;
}

/** What may follow some words of a command line. */
interface Place {
	/** The words after `keyward`, such as `device run`; empty at the start. */
	readonly words: string;
	/** Verbs, and the words of an argument that is one of some. */
	readonly next: readonly Candidate[];
	readonly options: readonly (Candidate & { readonly value: Value | null })[];
	/** Whether an argument is the path of a file or folder. */
	readonly takesPath: boolean;
}

/** Each of some words, and no kind of path: `dot|comma`. */
const WORDS = /^(?!file\b|folder\b)[\w-]+(?:\|(?!file\b|folder\b)[\w-]+)+$/;

/** By what stands between the brackets of a flag, or is the name of an argument: `file`, `name=file...`, `batch.csv`, `file|folder`. */
const valueOf = (placeholder: string): Value => {
	const name = placeholder.replace(/\.\.\.$/, '');
	if (name === 'folder') return 'folder';
	if (WORDS.test(name)) return name.split('|');
	return /(?:^|=|\|)(?:file|image|path|folder)$|^[a-z.]+\.(?:csv|json|pem|yaml)$/.test(name) ? 'file' : 'other';
};

const optionsOf = (command: Command): Place['options'] =>
	command
		.createHelp()
		.visibleOptions(command)
		.flatMap(({ long, description, flags, argChoices }: Option) => {
			const [, placeholder] = /[<[]([^<>[\]]+)[>\]]$/.exec(flags) ?? [];
			const value = placeholder === undefined ? null : (argChoices ?? valueOf(placeholder));
			return long ? [{ word: long, summary: description, value }] : [];
		});

const placesOf = (command: Command, before: readonly string[] = []): Place[] => {
	const verbs = command.createHelp().visibleCommands(command);
	const named = verbs.map((one) => ({ word: one.name(), summary: one.description() }));
	const choices = command.registeredArguments
		.flatMap((argument) => {
			const value = argument.argChoices ?? valueOf(argument.name());
			return typeof value === 'string' ? [] : value;
		})
		.map((word) => ({ word, summary: '' }));
	const takesPath = command.registeredArguments.some(
		(argument) => argument.argChoices === undefined && ['file', 'folder'].includes(String(valueOf(argument.name()))),
	);
	return [
		{ words: before.join(' '), next: [...named, ...choices], options: optionsOf(command), takesPath },
		...verbs.filter((one) => one.name() !== 'help').flatMap((one) => placesOf(one, [...before, one.name()])),
	];
};

/** The longest words first: the first that fits those typed is theirs. */
const longestFirst = (places: readonly Place[]): Place[] => places.toSorted((a, b) => b.words.length - a.words.length);

const patternOf = (words: string): string => (words === '' ? `''` : `'${words}'|'${words} '*`);

const quoted = (text: string): string => `'${text.replaceAll("'", `'\\''`)}'`;

/** The options of a place whose value is of this kind, as a pattern of `case`; each with its value. */
const valued = ({ options }: Place): [pattern: string, value: Value][] => {
	const rows = options.flatMap(({ word, value }) => (value === null ? [] : [[word, value] as const]));
	const groups = Map.groupBy(rows, ([, value]) => (typeof value === 'string' ? value : value.join(' ')));
	return [...groups.values()].map((some) => [some.map(([word]) => word).join('|'), some[0]?.[1] ?? 'other']);
};

/** Bash looks for the longest words that it knows among those typed; behind an option that takes a value it proposes that value alone. */
const bash = (places: readonly Place[]): string => {
	const proposal = (value: Value): string =>
		value === 'file'
			? 'kind=file'
			: value === 'folder'
				? 'kind=folder'
				: `kind=words next='${value === 'other' ? '' : value.join(' ')}'`;
	return `# bash completion for keyward: source <(keyward completion bash)
_keyward() {
	local place='' word cur="\${COMP_WORDS[COMP_CWORD]}" prev="\${COMP_WORDS[COMP_CWORD-1]}"
	# --option=value comes as three words.
	if [[ $cur == = ]]; then cur=''
	elif [[ $prev == = ]] && ((COMP_CWORD > 1)); then prev="\${COMP_WORDS[COMP_CWORD-2]}"; fi
	for word in "\${COMP_WORDS[@]:1:COMP_CWORD-1}"; do
		case "$word" in -*) break ;; esac
		place="\${place:+$place }$word"
	done
	local kind=words next='' options='' path=''
	case "$place" in
${longestFirst(places)
	.map((place) => {
		const behind = valued(place).map(([pattern, value]) => `${pattern}) ${proposal(value)} options='' path='' ;;`);
		const words = (some: readonly Candidate[]): string => some.map(({ word }) => word).join(' ');
		return [
			`\t${patternOf(place.words)})`,
			`\t\tnext='${words(place.next)}' options='${words(place.options)}'${place.takesPath ? ' path=yes' : ''}`,
			...(behind.length === 0 ? [] : [`\t\tcase "$prev" in ${behind.join(' ')} esac`]),
			'\t\t;;',
		].join('\n');
	})
	.join('\n')}
	esac
	case "$cur" in -*) [[ -n $options ]] && next="$options" path='' ;; esac
	if [[ -z $next && -z $path && $kind == words ]]; then next="$options"; fi
	if [[ $kind == folder ]]; then mapfile -t COMPREPLY < <(compgen -d -- "$cur")
	elif [[ $kind == file || -n $path ]]; then mapfile -t COMPREPLY < <(compgen -f -- "$cur"; compgen -W "$next" -- "$cur")
	else mapfile -t COMPREPLY < <(compgen -W "$next" -- "$cur"); fi
	if [[ $kind != words || -n $path ]]; then compopt -o filenames 2>/dev/null; fi
	return 0
}
complete -F _keyward keyward
`;
};

const zsh = (places: readonly Place[]): string => {
	const proposal = (value: Value): string =>
		value === 'file'
			? '_files'
			: value === 'folder'
				? '_files -/'
				: value === 'other'
					? "_message 'a value'"
					: `compadd -- ${value.map(quoted).join(' ')}`;
	return `#compdef keyward
# zsh completion for keyward: keyward completion zsh > a file _keyward in a folder of fpath
_keyward() {
	local place='' word prev="\${words[CURRENT-1]}" path_too=''
	for word in "\${(@)words[2,CURRENT-1]}"; do
		case "$word" in -*) break ;; esac
		place="\${place:+$place }$word"
	done
	local -a next
	case "$place" in
${longestFirst(places)
	.map((place) => {
		const rows = [...place.next, ...place.options].map(({ word, summary }) => quoted(`${word}:${summary}`));
		const behind = valued(place).map(([pattern, value]) => `${pattern}) ${proposal(value)}; return ;;`);
		return [
			`\t${patternOf(place.words)})`,
			...(behind.length === 0 ? [] : [`\t\tcase "$prev" in ${behind.join(' ')} esac`]),
			`\t\tnext=(${rows.join(' ')})${place.takesPath ? ' path_too=yes' : ''} ;;`,
		].join('\n');
	})
	.join('\n')}
	esac
	_describe keyward next
	if [[ -n $path_too ]]; then _files; fi
}
compdef _keyward keyward
`;
};

const fish = (places: readonly Place[]): string => {
	const takes = (value: Value | null): string =>
		value === null
			? ''
			: value === 'file'
				? ' -r -F'
				: value === 'folder'
					? ` -x -a '(__fish_complete_directories)'`
					: value === 'other'
						? ' -x'
						: ` -x -a ${quoted(value.join(' '))}`;
	return `# fish completion for keyward: keyward completion fish > ~/.config/fish/completions/keyward.fish
function __keyward_at
	set -l typed (commandline -opc)
	set -l place
	for word in $typed[2..-1]
		string match -q -- '-*' $word; and break
		set -a place $word
	end
	test "$place" = "$argv[1]"; or string match -q -- "$argv[2]" "$place"
end
complete -c keyward -f
${places
	.flatMap(({ words, next, options, takesPath }) => {
		const more = words.includes(' ') ? `${words} *` : words;
		const at = `complete -c keyward -n ${quoted(`__keyward_at ${quoted(words)} ${quoted(more)}`)}`;
		return [
			...next.map(({ word, summary }) => `${at} -a ${word} -d ${quoted(summary)}`),
			...options.map(({ word, summary, value }) => `${at} -l ${word.slice(2)}${takes(value)} -d ${quoted(summary)}`),
			...(takesPath ? [`${at} -F`] : []),
		];
	})
	.join('\n')}
`;
};

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
