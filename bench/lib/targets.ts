import { keyward } from './keyward-target.ts';
import { mosquitto } from './mosquitto-target.ts';
import type { Target } from './target.ts';

/** Keyward, mosquitto and these, or those of them that are named on the command line. */
export const targets = (...others: readonly Target[]): readonly Target[] => {
	const all = [keyward, mosquitto, ...others];
	const names = process.argv.slice(2).filter((word) => word !== '--write');
	return names.length === 0 ? all : all.filter(({ name }) => names.includes(name));
};
