import type { CertificateStore, Clock } from '@keyward/core/port';
import { noticeRefusals } from '../notice/notice-readings.ts';
import type { Notices } from '../notice/notices.ts';
import type { Log } from '../log/log.ts';
import type { GivenRefusals } from '../thread/link-messages.ts';
import type { Observations } from './observations.ts';
import { createRecentRefusals, type RecentRefusals } from './recent-refusals.ts';
import { createRefusalEvidence } from './refusals.ts';

/** What becomes of refusals that were given: evidence of their requirements, and what people are shown. */
export const openRefusals = (
	store: Pick<CertificateStore, 'certificate'>,
	observations: Observations,
	clock: Clock,
	log: Log,
	report: (error: unknown) => void,
	notices: Pick<Notices, 'see'>,
): { readonly refusals: RecentRefusals; readonly refused: (given: GivenRefusals) => void } => {
	const evident = createRefusalEvidence(observations, clock);
	const holderOf = async (fingerprint: string) =>
		(await store.certificate(Uint8Array.from(Buffer.from(fingerprint, 'hex'))))?.principal ?? null;
	const refusals = createRecentRefusals(holderOf, clock, log, noticeRefusals(notices));
	return {
		refusals,
		refused: (given) => {
			evident(given);
			void refusals.add(given).catch(report);
		},
	};
};
