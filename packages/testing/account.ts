const NOBODY = 65_534;

/** Runs work as an account that may not do all: root may write what nobody may. What the work imports must be loaded before. */
export const asNobody = async <Value>(work: () => Promise<Value>): Promise<Value> => {
	const self = process.geteuid?.();
	if (self !== 0) return work();
	process.seteuid?.(NOBODY);
	try {
		return await work();
	} finally {
		process.seteuid?.(0);
	}
};
