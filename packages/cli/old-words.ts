/** Verbs and options by the names that they had until 0.1: taken for one release more, and shown in no help. */
const renamedVerbs: Readonly<Record<string, string>> = { tray: 'batch' };

const renamedOptions: Readonly<Record<string, string>> = {
	'--even-cutting-off': '--force',
	'--tray-out': '--batch-out',
	'--maker': '--manufacturer',
};

/** The words of a command line as they are called today. */
export const inTodaysWords = ([verb = '', ...rest]: readonly string[]): readonly string[] => [
	...(verb === '' ? [] : [renamedVerbs[verb] ?? verb]),
	...rest.map((word) => {
		const [name = '', ...value] = word.split('=');
		const today = renamedOptions[name];
		return today === undefined ? word : [today, ...value].join('=');
	}),
];
