import type { Policy } from '../policy/policy.ts';
import type { Grant } from '../port/grant-store.ts';

/** Who must hold grants, least strict first: the scale of `explicit-readers`. */
const holders = ['service-held', 'roster', 'roster-2-of-3'] as const;

type Holder = (typeof holders)[number];

/** Who must hold the grants of this application. The mode `audit` lets in what the service holds, and posture shows it. */
export const askedHolder = ({ mode, parameters }: Pick<Policy, 'mode' | 'parameters'>): Holder => {
	const asked = parameters['explicit-readers'];
	return mode === 'enforce' ? (holders.find((one) => one === asked) ?? 'service-held') : 'service-held';
};

export const isHeldAs = ({ held }: Pick<Grant, 'held'>, asked: Holder): boolean =>
	holders.indexOf(held ?? 'service-held') >= holders.indexOf(asked);
