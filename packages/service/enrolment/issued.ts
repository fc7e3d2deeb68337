import type { Refusal } from '@keyward/core';
import type { IssuedCertificate } from '@keyward/core/port';
import type { Counters } from '../log/counters.ts';
import type { Log } from '../log/log.ts';

/** Counts what was issued; what mode `audit` let in is counted beside, and logged so that somebody can mend it. */
export const tellIssued =
	(counters: Counters, log: Log) =>
	({ principal }: IssuedCertificate, findings: readonly Refusal[]): void => {
		counters.add('enrolled');
		for (const { code, requirement, reason } of findings) {
			counters.add('enrolled-below-policy');
			log.warn('let in below the policy, as its mode is report', { ...principal, code, requirement, reason });
		}
	};
