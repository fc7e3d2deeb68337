import { type Milliseconds, seconds } from '@keyward/core';

/** Session Expiry Interval that never ends (MQTT 5 §3.1.2.11.2). */
const never = 0xffff_ffff;

/** Session Expiry Interval as MQTT writes it, in seconds. */
export const spanOf = (interval: number): Milliseconds =>
	interval === never ? Number.POSITIVE_INFINITY : seconds(interval);
