/** Networks from which a certificate of ours was proved, the last ones. */
export interface KnownNetworks {
	has(name: string): boolean;
	add(name: string): void;
}

/** As many as are remembered: a name is some forty bytes. */
const most = 16_384;

export const createKnownNetworks = (): KnownNetworks => {
	const names = new Set<string>();
	return {
		has: (name) => names.has(name),
		add: (name) => {
			names.delete(name);
			names.add(name);
			const [oldest] = names;
			if (names.size > most && oldest !== undefined) names.delete(oldest);
		},
	};
};
