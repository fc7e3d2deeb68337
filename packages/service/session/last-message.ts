import type { Instant } from '@keyward/core';
import { topicOf } from '@keyward/core/device';
import { type Admission, admit, type TimeBounds } from '@keyward/core/observe';
import { readingUnsealed } from '@keyward/core/seal';
import { admissionParameters, type Policy } from '@keyward/core/policy';
import type { LastMessage, PrincipalName } from '@keyward/core/port';

/** What a will says at a moment. */
export interface LastMessageAdmission extends Admission {
	/** The device's own stream that its topic names; empty when it names none. */
	readonly stream: string;
}

/**
 * Why a will is passed over; null for one that is to be judged. A topic outside the application can be no reading of anybody, and
 * many devices say there that they are gone: it is neither kept nor published.
 */
export const foreignWill = ({ topic }: LastMessage, { application }: PrincipalName): string | null =>
	topic === application || topic.startsWith(`${application}/`)
		? null
		: `its topic is outside ${application}/, so it is not published; the site notices silence by itself`;

/**
 * A will is a reading that is given in advance (MQTT 5 §3.1.2.5), and judged as one: when it is given, and again when it is
 * published. A record without an absolute time gets its time from the moment of publication (RFC 8428 §4.5.3).
 * `streams` are those that the device may write, which exists `since` then.
 */
export const admitLastMessage = (
	{ topic, payload }: LastMessage,
	{ application, id }: PrincipalName,
	streams: readonly string[],
	policy: Policy,
	bounds: TimeBounds,
	since: Instant,
	now: Instant,
): LastMessageAdmission => {
	const topicIn = (stream: string): string => topicOf({ application, device: id, stream });
	const name = streams.find((stream) => topic === topicIn(stream));
	const terms = policy.streams.get(name ?? '');
	// CR 2.1: a will under another's name would be filed as the other's reading the moment the line is cut.
	if (name === undefined || terms === undefined) {
		return {
			stream: '',
			records: [],
			refusal: {
				code: 'reading-not-own-stream',
				requirement: 'own-streams-only',
				reason: `a will is a reading of one of your own streams: ${streams.map(topicIn).join(', ') || 'this certificate may write none'}`,
			},
		};
	}
	// sealed-readings: a will is open, and its sender has given it to the service to publish.
	if (admissionParameters(policy)['sealed-readings'] !== null)
		return { stream: name, records: [], refusal: readingUnsealed };
	const admitted = admit(
		payload,
		{ device: id, since },
		{ stream: terms, parameters: policy.parameters, bounds },
		now,
		now,
	);
	return { stream: name, ...admitted };
};
