import type { Posture } from '@keyward/core/policy';
import type { Condition } from './alerts.ts';

/** Notices objectives that are held below what the policy requires, or below what they were held to before. */
export interface Fall {
	look(postures: readonly Posture[]): Condition[];
}

export const createFall = (): Fall => {
	/** The highest level that each objective was held to since the start. */
	const best = new Map<string, number>();
	return {
		look: (postures) =>
			postures.flatMap(({ application, objectives }) =>
				objectives.flatMap(({ objective, required, held, weakest }) => {
					const subject = `${application}/${objective}`;
					const before = best.get(subject) ?? held;
					best.set(subject, Math.max(before, held));
					if (held >= required && held >= before) return [];
					const [link] = weakest;
					const compared = held < required ? `level ${required} is required` : `it was held to level ${before}`;
					const cause = link === undefined ? '' : ` by ${link.requirement} at ${link.component.id} (${link.reason})`;
					const text = `${objective} of ${application} is held to level ${held} and ${compared}${cause}: keyward posture shows all of it.`;
					return [{ kind: 'posture-fell', subject, text } satisfies Condition];
				}),
			),
	};
};
