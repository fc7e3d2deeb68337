/** What became of one input. `partly` and `not-read` have problems that say why. */
export type Outcome = 'keys' | 'nothing' | 'partly' | 'not-read';

/** How many inputs ended how: every input ends in one of these, and nothing is passed over in silence. */
export type Outcomes = { readonly [Kind in Outcome]: number };

export const noOutcomes = (): { -readonly [Kind in Outcome]: number } => ({
	keys: 0,
	nothing: 0,
	partly: 0,
	'not-read': 0,
});

/** With something wrong in it, an input that gave nothing was not read, and one that gave something was read in part. */
export const outcomeOf = (materials: number, problems: number): Outcome => {
	if (problems > 0) return materials > 0 ? 'partly' : 'not-read';
	return materials > 0 ? 'keys' : 'nothing';
};
