import { signal } from '@preact/signals';

/** What was typed and not applied, by application: a lost connection or another page loses none of it. Gone with the tab. */
export const drafts = signal<ReadonlyMap<string, string>>(new Map());

export const keepDraft = (application: string, text: string | null): void => {
	const next = new Map(drafts.value);
	if (text === null) next.delete(application);
	else next.set(application, text);
	drafts.value = next;
};

/** What stands in open dialogs, by page and field (`useKept`). */
export const kept = new Map<string, unknown>();

/** Whose all of it is. */
let owner: string | null = null;

/** What one person typed is not shown to another who signs in after them. */
export const draftsAreOf = (person: string): void => {
	if (owner !== null && owner !== person) {
		kept.clear();
		drafts.value = new Map();
	}
	owner = person;
};

addEventListener('beforeunload', (event) => {
	if (drafts.value.size + kept.size > 0) event.preventDefault();
});
