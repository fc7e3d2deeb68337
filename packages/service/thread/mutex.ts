/** Runs one task after another in the order of asking; unique-key is judged and recorded without another in between. */
export const createMutex = (): (<Value>(task: () => Promise<Value>) => Promise<Value>) => {
	let last: Promise<unknown> = Promise.resolve();
	return (task) => {
		const turn = last.then(task);
		last = turn.catch(() => undefined);
		return turn;
	};
};
