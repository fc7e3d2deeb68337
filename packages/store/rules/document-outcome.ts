import type { DocumentOutcome, StoredDocument } from '@keyward/core/port';

/**
 * What becomes of a document, given the one that is known under its name. catalogue: patch-deadline. An older one that is played
 * again would end what a later one says; one from the folder must not end what an operator gave.
 */
export const outcomeOf = (
	known: Pick<StoredDocument, 'updated' | 'byHand' | 'file'> | undefined,
	given: StoredDocument,
): DocumentOutcome => {
	if (known === undefined) return 'new';
	if (known.file === given.file) return known.byHand || !given.byHand ? 'known' : 'replaced';
	if (known.byHand && !given.byHand) return 'by-hand';
	return given.updated < known.updated ? 'older' : 'replaced';
};
