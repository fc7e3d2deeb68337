import { chapters } from './chapters.ts';
import type { Verb } from './verb.ts';

/** The verbs to load for these words: the one that they call; none where they call none (help, a mistake). */
export const calledBy = (typed: readonly string[]): ((verb: Verb) => boolean) => {
	const [first = '', second = '', third = ''] = typed.filter((word, at) => at > 0 || !['--', 'help'].includes(word));
	const called = [first, `${first} ${second}`, `${first} ${second} ${third}`];
	const isCalled = ({ says }: Verb): boolean => called.some((words) => Object.hasOwn(says, words));
	const verbs = chapters.flatMap(([, verbs]) => verbs);
	return verbs.some((verb) => verb.ofAll === true && isCalled(verb)) ? () => true : isCalled;
};
