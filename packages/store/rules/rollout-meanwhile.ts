import { Problem } from '@keyward/core';

export const rolloutMeanwhile = (id: string): Problem =>
	new Problem('changed-meanwhile', `The rollout ${id} changed meanwhile: look at it, and ask again.`);
