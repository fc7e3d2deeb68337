/** Longer texts, a policy say, are kept elsewhere or are nothing to be kept. */
const LONGEST_TEXT = 500;

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
	typeof value === 'object' && value !== null && !Array.isArray(value);

/** `withheld` may be a secret of the application's: nothing is kept of it but how long it is. */
export const writeInput = (input: unknown, withheld: readonly string[], longest = LONGEST_TEXT): string => {
	const fields = Object.entries(isObject(input) ? input : {}).map(([name, value]) => {
		const text = typeof value === 'string' ? value : JSON.stringify(value);
		if (withheld.includes(name) || text.length > longest) return [name, `(${text.length} characters)`];
		return [name, typeof value === 'number' || typeof value === 'boolean' ? value : text];
	});
	return JSON.stringify(Object.fromEntries(fields));
};
