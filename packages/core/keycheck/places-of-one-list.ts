import type { FoundKey, Holding } from './found-key.ts';

/** What holds a record for each device, as people write it. An image or a program may well hold one key twice. */
const LIST = /\.(?:ya?ml|jsonl?|json5|csv|tsv|toml|ini|xml|sql|conf|cfg|tfvars|hcl)$/i;
/** Not within something else, such as a Secret of Kubernetes, of which there may be copies in other namespaces. */
const PLAIN = /^private key(?: \(\w{1,32}\))?, (?:PEM block \d+|line \d+, .+)$/;

const plainPlaces = ({ holdings }: FoundKey): readonly Holding[] =>
	holdings.filter(({ at, privateFound }) => privateFound && LIST.test(at.file) && PLAIN.test(at.label));

/**
 * The places of a private key that stands at several of one list, where most other keys stand once. Where all stand twice, each record has it in
 * two forms. The list of all keys is looked through when the first such key is met.
 */
export const placesOfOneList = (keys: readonly FoundKey[]): ((key: FoundKey) => readonly Holding[]) => {
	let once: Map<string, number> | null = null;
	const aloneIn = (file: string): number => {
		if (once === null) {
			once = new Map();
			for (const key of keys) {
				const [place, ...others] = plainPlaces(key);
				if (place !== undefined && others.length === 0) once.set(place.at.file, (once.get(place.at.file) ?? 0) + 1);
			}
		}
		return once.get(file) ?? 0;
	};
	return (key) => {
		const places = plainPlaces(key);
		const [first] = places;
		const isOne = first !== undefined && places.length > 1 && places.every(({ at }) => at.file === first.at.file);
		return isOne && new Set(places.map(({ at }) => at.label)).size > 1 && aloneIn(first.at.file) > 0 ? places : [];
	};
};
