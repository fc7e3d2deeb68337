import { type LinkStep, linkSteps } from '@keyward/core/authorize';
import type { Policy } from '@keyward/core/policy';
import { satisfies } from '@keyward/core/policy';

/** An MQTT listener that is open. */
export interface OpenListener {
	readonly floor: LinkStep;
	readonly url: string;
}

/** Which listener the devices and readers of an application are told. */
export interface ToldListener {
	readonly url: string;
	/** Whether its floor is what the policy asks of a link. */
	readonly holds: boolean;
}

/**
 * The listener with the weakest floor that is enough for the policy (link-encryption), so that what a policy does not ask
 * for keeps nobody out; the strongest there is when none is enough.
 */
export const listenerFor = (policy: Policy, listeners: readonly OpenListener[]): ToldListener => {
	const rising = listeners.toSorted((a, b) => linkSteps.indexOf(a.floor) - linkSteps.indexOf(b.floor));
	const asked = policy.parameters['link-encryption'];
	const enough = rising.find(({ floor }) => satisfies('link-encryption', floor, asked));
	return { url: (enough ?? rising.at(-1))?.url ?? '', holds: enough !== undefined };
};

/** What an operator is to do about a policy that refuses every link this site can take; null when there is one. */
export const missingListener = (policy: Policy, listeners: readonly OpenListener[]): string | null =>
	policy.mode !== 'enforce' || listenerFor(policy, listeners).holds
		? null
		: `no MQTT listener of this site holds ${String(policy.parameters['link-encryption'])}, which ${policy.application} asks of every link: start it with --floor or --listener PORT:${String(policy.parameters['link-encryption'])}`;
