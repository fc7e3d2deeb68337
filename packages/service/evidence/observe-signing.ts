import { type Instant, type Milliseconds, minutes, seconds } from '@keyward/core';
import type { StreamName } from '@keyward/core/port';
import type { Observations } from './observations.ts';

/** Steps that a measured wait is rounded up to, so that each checkpoint is no new fact. */
const steps: readonly Milliseconds[] = [1, 2, 5, 10, 20, 30, 60, 120, 300, 600, 1800, 3600].map(seconds);

/** How long readings of the stream waited for their device's signature, by what became durable: never better than it was. */
export const observeSigning = (
	observations: Observations,
	{ application, device, stream }: StreamName,
	waited: Milliseconds,
	at: Instant,
): void =>
	observations.see({
		subject: { kind: 'device', application, id: device },
		claim: 'reading-signature',
		value: steps.find((step) => waited <= step) ?? Math.ceil(waited / minutes(60)) * minutes(60),
		...{ strength: 'observed', source: `listener, stream ${stream}`, at },
	});
