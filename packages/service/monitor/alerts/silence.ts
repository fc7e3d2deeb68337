import { mayUseCertificate, qualifiedName } from '@keyward/core/device';
import { type Instant, type Milliseconds, minutes } from '@keyward/core';
import { type Policy, roughSpan } from '@keyward/core/policy';
import type { Principal } from '@keyward/core/port';
import type { LiveStream } from '../../ingest/streams.ts';
import type { Condition } from './alerts.ts';

/** What of a stream shows that it is heard. */
type Heard = Pick<LiveStream, 'id' | 'name' | 'last'>;

/** Missing this many readings in a row is silence. */
const MISSED = 3;
const LEAST: Milliseconds = minutes(1);

/** Notices devices that send less often than their streams' `every` says. */
export interface Silence {
	/** The devices that are silent at this moment. A stream is heard when its cursor moves, whatever time its readings name. */
	look(devices: readonly Principal[], streams: Iterable<Heard>, now: Instant): Condition[];
}

/** `started`: before it nothing can have been heard, so that a restart is nobody's silence. */
export const createSilence = (policyOf: (application: string) => Policy | null, started: Instant): Silence => {
	const heard = new Map<number, { last: number; at: Instant }>();

	/** The longest that a stream of this device may be silent; null when its policy does not know the stream. */
	const allowed = ({ application, class: className }: Principal, stream: string): Milliseconds | null => {
		const policy = policyOf(application);
		const terms = policy?.streams.get(stream);
		if (!policy || !terms) return null;
		// A sleeper sends what it gathered when it wakes.
		const sleeps = policy.devices.get(className ?? '')?.sleeps ?? 0;
		return Math.max(LEAST, terms.every * MISSED) + sleeps;
	};

	return {
		look: (devices, streams, now) => {
			const byDevice = new Map<string, Heard[]>();
			for (const stream of streams) {
				const known = heard.get(stream.id);
				if (known?.last !== stream.last)
					heard.set(stream.id, { last: stream.last, at: known === undefined ? started : now });
				const key = qualifiedName({ application: stream.name.application, id: stream.name.device });
				byDevice.set(key, [...(byDevice.get(key) ?? []), stream]);
			}
			return devices.flatMap((device) => {
				if (device.kind !== 'device' || !mayUseCertificate(device.state)) return [];
				const subject = qualifiedName(device);
				const silent = (byDevice.get(subject) ?? []).flatMap(({ id, name }) => {
					const most = allowed(device, name.stream);
					const since = heard.get(id)?.at ?? now;
					return most !== null && now - since > most ? [`${name.stream} for ${roughSpan(now - since)}`] : [];
				});
				if (silent.length === 0) return [];
				const text = `${subject} has sent nothing on ${silent.join(', ')}: look whether it has power, a link and a good certificate.`;
				return [{ kind: 'device-silent', subject, text } satisfies Condition];
			});
		},
	};
};
