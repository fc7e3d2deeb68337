import type { Policy } from './policy.ts';

/** What a change of a policy gives one reader or takes from it: operations that it may call as a program, or streams that it may be granted. */
export interface RightsChange {
	readonly reader: string;
	readonly of: 'operations' | 'streams';
	readonly given: readonly string[];
	readonly taken: readonly string[];
}

const streamsOf = ({ streams }: Policy): Map<string, string[]> => {
	const found = new Map<string, string[]>();
	for (const { name, readers } of streams.values())
		for (const reader of readers) found.set(reader, [...(found.get(reader) ?? []), name]);
	return found;
};

const compare = (
	of: RightsChange['of'],
	before: ReadonlyMap<string, readonly string[]>,
	after: ReadonlyMap<string, readonly string[]>,
): RightsChange[] =>
	[...new Set([...before.keys(), ...after.keys()])]
		.toSorted()
		.map((reader) => {
			const had = new Set(before.get(reader));
			const has = new Set(after.get(reader));
			return {
				...{ reader, of },
				given: [...has].filter((one) => !had.has(one)).toSorted(),
				taken: [...had].filter((one) => !has.has(one)).toSorted(),
			};
		})
		.filter(({ given, taken }) => given.length + taken.length > 0);

/** CR 2.1: rights that a policy gives and takes are said to those who apply it. All are given where there was no policy. */
export const compareRights = (before: Policy | null, after: Policy): RightsChange[] => [
	...compare('operations', before?.programs ?? new Map(), after.programs ?? new Map()),
	...compare('streams', before === null ? new Map() : streamsOf(before), streamsOf(after)),
];

/** One sentence for what is given, one for what is taken. */
export const printRights = ({ reader, of, given, taken }: RightsChange): string[] => {
	const verb = of === 'operations' ? 'call' : 'be granted';
	return [
		...(given.length > 0 ? [`${reader} may now ${verb} ${given.join(', ')}.`] : []),
		...(taken.length > 0 ? [`${reader} may no longer ${verb} ${taken.join(', ')}.`] : []),
	];
};
