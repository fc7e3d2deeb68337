/** The six objectives of an application's security. */
export const objectives = [
	'authenticity',
	'authorization',
	'integrity',
	'confidentiality',
	'adaptability',
	'resistance',
] as const;

export type Objective = (typeof objectives)[number];
