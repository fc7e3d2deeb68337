import type { Milliseconds } from '@keyward/core';
import type { Allowed } from '@keyward/core/authorize';
import type { Answers } from './answers.ts';

/** Measures each answer that really cut somebody: how long a lost right stood is the evidence of live-revocation. */
export const timeCuts = (answers: Answers, took: (span: Milliseconds) => void): Answers => {
	const timed =
		<Input, Output extends { readonly cut: number }>(answer: (input: Input, allowed: Allowed) => Promise<Output>) =>
		async (input: Input, allowed: Allowed): Promise<Output> => {
			const began = performance.now();
			const output = await answer(input, allowed);
			if (output.cut > 0) took(performance.now() - began);
			return output;
		};
	return {
		...answers,
		'grant.end': timed(answers['grant.end']),
		'principal.revoke': timed(answers['principal.revoke']),
		'device.quarantine': timed(answers['device.quarantine']),
		'device.contain': timed(answers['device.contain']),
		'policy.apply': timed(answers['policy.apply']),
	};
};
