/** `name`, `name.2`, `name.3` … */
export const nextKeyName = (name: string): string => {
	const [, base = name, count = '1'] = /^(.*)\.(\d{1,9})$/.exec(name) ?? [];
	return `${base}.${Number(count) + 1}`;
};
