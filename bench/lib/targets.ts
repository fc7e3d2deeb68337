import { keyward } from './keyward-target.ts';
import { mosquitto } from './mosquitto-target.ts';
import type { Target } from './target.ts';

/** Both sides, or those named on the command line. */
export const targets = (): readonly Target[] => {
	const all = [keyward, mosquitto];
	const names = process.argv.slice(2);
	return names.length === 0 ? all : all.filter(({ name }) => names.includes(name));
};
