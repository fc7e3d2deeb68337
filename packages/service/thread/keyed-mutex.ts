/** Runs the tasks of one name one after another, in the order of asking; those of different names beside each other. */
export type KeyedMutex = <Value>(name: string, task: () => Promise<Value>) => Promise<Value>;

export const createKeyedMutex = (): KeyedMutex => {
	const last = new Map<string, Promise<unknown>>();
	return (name, task) => {
		const turn = (last.get(name) ?? Promise.resolve()).then(task);
		const ended = turn.catch(() => undefined);
		last.set(name, ended);
		void ended.then(() => {
			if (last.get(name) === ended) last.delete(name);
		});
		return turn;
	};
};
