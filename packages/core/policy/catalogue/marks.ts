import { isAtLeast } from '../../requirement/strength.ts';
import { type CatalogueEntry, notBuilt } from './entry.ts';

/** The marks of the whole catalogue as committed. A change may lower it and never raise it. */
export const COMMITTED_MARKS = 0;

/** Whether a level asks for more than the code makes true. */
export const builtInPart = ({ builtTo, asks, scale }: CatalogueEntry): boolean =>
	builtTo !== null && asks.some((ask) => ask !== null && !scale.satisfies(builtTo, ask.value));

/** Whether a level asks for stronger evidence than there can be. */
const provenInPart = ({ provenTo, asks }: CatalogueEntry): boolean =>
	provenTo !== undefined && asks.some((ask) => ask !== null && !isAtLeast(provenTo, ask.strength));

/** How many faces are not built; an enforcement built only in part is one too. */
export const countMarks = (entries: readonly CatalogueEntry[]): number =>
	entries
		.flatMap((entry) => [
			entry.enforcement === notBuilt || builtInPart(entry),
			entry.evidence === notBuilt || provenInPart(entry),
			entry.attack === notBuilt,
		])
		.filter(Boolean).length;
