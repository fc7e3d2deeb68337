/** Networks of which something is remembered: the last ones. */
export interface KnownNetworks {
	has(name: string): boolean;
	add(name: string): void;
	forget(name: string): void;
}

/** As many as are remembered: a name is some forty bytes. */
const most = 16_384;

export const createKnownNetworks = (): KnownNetworks => {
	const names = new Set<string>();
	return {
		has: (name) => names.has(name),
		forget: (name) => void names.delete(name),
		add: (name) => {
			names.delete(name);
			names.add(name);
			const [oldest] = names;
			if (names.size > most && oldest !== undefined) names.delete(oldest);
		},
	};
};
