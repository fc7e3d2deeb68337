import { days, type Milliseconds } from '../units/milliseconds.ts';
import type { DeviceClass, Policy } from './policy.ts';

const SLEEPER_LIMIT = days(90);

/** The lifetime asked of a certificate's holder that sleeps: three times its longest sleep, 90 d at most, where that is more than `asked`. */
export const sleeperLifetime = (asked: Milliseconds, sleeps: Milliseconds | undefined): Milliseconds =>
	Math.max(asked, Math.min(3 * (sleeps ?? 0), SLEEPER_LIMIT));

/** The greatest lifetime of a certificate for a device of this class (null: for a reader); null asks nothing. */
export const certificateLifetime = (
	policy: Pick<Policy, 'parameters'>,
	deviceClass: DeviceClass | null,
): Milliseconds | null => {
	const asked = policy.parameters['certificate-lifetime'];
	return typeof asked === 'number' ? sleeperLifetime(asked, deviceClass?.sleeps) : null;
};
