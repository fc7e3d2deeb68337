import type { Caller } from '@keyward/core/authorize';
import type { Lane } from './lanes.ts';

/** Who asks decides how soon it is answered. */
export const laneOf = ({ kind }: Caller): Lane =>
	kind === 'operator' ? 'operator' : kind === 'certificate' ? 'certificates' : 'strangers';
