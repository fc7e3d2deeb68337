import { satisfies } from '../policy/parameters.ts';
import type { ParameterValue } from '../policy/parameter-value.ts';
import type { Policy } from '../policy/policy.ts';
import type { Grant } from '../port/grant-store.ts';

/** Who must hold the grants of this application; null: anybody. The mode `audit` lets in what the service holds, and posture shows it. */
export const askedHolder = ({ mode, parameters }: Pick<Policy, 'mode' | 'parameters'>): ParameterValue | null =>
	mode === 'enforce' ? parameters['explicit-readers'] : null;

/** CR 2.1: who runs the service must not hold by itself what the owner's roster must hold. */
export const isHeldAs = ({ held }: Pick<Grant, 'held'>, asked: ParameterValue | null): boolean =>
	satisfies('explicit-readers', held ?? 'service-held', asked);
