import type { ContainmentView } from '@keyward/contract';
import type { ContainmentStep } from '@keyward/core/incident';
import type { PrincipalName } from '@keyward/core/port';

/** What a step did, in words, and what it found. */
export interface StepDone {
	readonly result: string;
	readonly found?: Partial<Pick<ContainmentView, 'took' | 'awaits' | 'tainted'>>;
	/** Live sessions that it ended. */
	readonly cut?: number;
}

/** One step of a containment. Done again it changes nothing that it had done. */
export type Step = (device: PrincipalName, containment: ContainmentView) => Promise<StepDone>;

export type Steps = Readonly<Record<ContainmentStep, Step>>;

export const counted = (count: number, one: string, many = `${one}s`): string => `${count} ${count === 1 ? one : many}`;
