import { Problem } from '@keyward/core';
import { type LinkStep, linkSteps, servesApi } from '@keyward/core/authorize';
import type { Policy } from '@keyward/core/policy';
import { satisfies } from '@keyward/core/policy';

/** A listener that is open. */
export interface OpenListener {
	readonly floor: LinkStep;
	readonly url: string;
}

/** Every listener of devices and readers that is open, in the order of the settings. */
export interface Listening {
	readonly https: readonly OpenListener[];
	readonly mqtt: readonly OpenListener[];
}

/** Those that serve the API, and not enrolment alone. */
export const apiListeners = ({ https }: Pick<Listening, 'https'>): readonly OpenListener[] =>
	https.filter(({ floor }) => servesApi(floor));

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

/**
 * What an operator is to do about a policy that refuses every link this site can take, for readings (MQTT) or for enrolment and the
 * API (HTTPS); null when there is one of each.
 */
export const missingListener = (policy: Policy, { https, mqtt }: Listening): string | null => {
	if (policy.mode !== 'enforce') return null;
	const asked = String(policy.parameters['link-encryption']);
	const missing = [
		{ what: 'MQTT', listeners: mqtt, flags: `--floor or --listener PORT:${asked}` },
		{ what: 'HTTPS', listeners: apiListeners({ https }), flags: `--https-listener PORT:${asked}` },
	].filter(({ listeners }) => !listenerFor(policy, listeners).holds);
	return missing.length === 0
		? null
		: `no ${missing.map(({ what }) => what).join(' and no ')} listener of this site holds ${asked}, which ${policy.application} asks of every link: start it with ${missing.map(({ flags }) => flags).join(' and ')}`;
};

/** What the application's devices are told to come to. Throws `Problem('link-too-weak')` where no listener is strict enough. */
export const urlsFor = (
	policy: Policy,
	listening: Listening,
): { readonly service: string; readonly est: string; readonly mqtt: string } => {
	const missing = missingListener(policy, listening);
	if (missing !== null) throw new Problem('link-too-weak', missing);
	const { https, mqtt } = listening;
	return {
		service: listenerFor(policy, apiListeners(listening)).url,
		// The weakest that is enough serves enrolment too, and perhaps that alone.
		est: listenerFor(policy, https).url,
		mqtt: listenerFor(policy, mqtt).url,
	};
};
