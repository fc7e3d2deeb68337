import { type Milliseconds, Problem, seconds } from '@keyward/core';
import { Link } from './link.ts';
import { defaultSettings } from './message.ts';

/**
 * Connects once as the identity in the folder does, and disconnects. Throws `Problem('site-unreachable')` with the reason when
 * that fails, `Problem('taken-over')` when another agent uses the identity.
 */
export const connectOnce = async (folder: string, patience: Milliseconds = seconds(30)): Promise<void> => {
	const { promise, resolve, reject } = Promise.withResolvers<void>();
	const fail = (why: string): void =>
		reject(new Problem('site-unreachable', `The device could not connect with its key: ${why}.`));
	// What it runs is told by the agent that stays.
	const settings = { ...defaultSettings, software: { version: null, agent: null } };
	const link = new Link(folder, settings, {
		onState: (state) => {
			if (state.state === 'connected') resolve();
			else if (state.state === 'waiting') fail(state.why);
			else if (state.state === 'taken-over')
				reject(new Problem('taken-over', `Another agent connected: ${state.why}.`));
		},
		onOutcome: () => {},
		// Nothing is published here, and so nothing tried.
		onProbeDue: () => new Promise(() => {}),
		onProbed: () => {},
		onEnd: fail,
	});
	const late = setTimeout(() => fail(`no answer within ${patience / 1000} s`), patience);
	try {
		await promise;
	} finally {
		clearTimeout(late);
		await link.close();
	}
};
