import { texts } from '../texts/index.ts';

/** Throws an `Error` that says what to do instead where the browser refuses, or has no clipboard. */
export const copy = async (text: string): Promise<void> => {
	try {
		await navigator.clipboard.writeText(text);
	} catch (cause) {
		throw new Error(texts.errors.notCopied, { cause });
	}
};
