import { signal } from '@preact/signals';

/** What was typed and not applied, by application: a lost connection or another page loses none of it. Gone with the tab. */
export const drafts = signal<ReadonlyMap<string, string>>(new Map());

export const keepDraft = (application: string, text: string | null): void => {
	const next = new Map(drafts.value);
	if (text === null) next.delete(application);
	else next.set(application, text);
	drafts.value = next;
};

addEventListener('beforeunload', (event) => {
	if (drafts.value.size > 0) event.preventDefault();
});
