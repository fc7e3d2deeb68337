import type { RequirementId } from '../../requirement/requirement.ts';
import { requirementIds } from '../../requirement/requirement.ts';
import { adaptability } from './adaptability.ts';
import { authenticity } from './authenticity.ts';
import { authorization } from './authorization.ts';
import { confidentiality } from './confidentiality.ts';
import type { CatalogueEntry } from './entry.ts';
import { integrity } from './integrity.ts';
import { resistance } from './resistance.ts';

/** Every requirement that a policy can make, in order. */
export const catalogue: readonly CatalogueEntry[] = Object.freeze([
	...authenticity,
	...authorization,
	...integrity,
	...confidentiality,
	...adaptability,
	...resistance,
]);

const byId: ReadonlyMap<string, CatalogueEntry> = new Map(catalogue.map((entry) => [entry.id, entry]));

/** The entry of a requirement. */
export const requirement = (id: RequirementId): CatalogueEntry => {
	const entry = byId.get(id);
	if (entry === undefined) throw new Error(`the catalogue lacks ${id}`);
	return entry;
};

export const isRequirementId = (text: string): text is RequirementId =>
	(requirementIds as readonly string[]).includes(text);
