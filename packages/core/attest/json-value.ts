// JSON that nobody has vouched for yet: what is not there, or not of its kind, is null or undefined and never throws.

export const parseJson = (json: string): unknown => {
	try {
		return JSON.parse(json);
	} catch {
		return undefined;
	}
};

/** A member of the object's own. */
export const member = (value: unknown, name: string): unknown =>
	typeof value === 'object' && value !== null && Object.hasOwn(value, name)
		? (value as Record<string, unknown>)[name]
		: undefined;

export const textMember = (value: unknown, name: string): string | null => {
	const found = member(value, name);
	return typeof found === 'string' ? found : null;
};
