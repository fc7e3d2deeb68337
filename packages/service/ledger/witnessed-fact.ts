import { days, type Instant } from '@keyward/core';
import { type Fact, serviceComponent } from '@keyward/core/policy';
import type { Witnesses } from './witnesses.ts';

/** The verification of a ledger as evidence. */
export const ledgerSource = (ledger: string): string => `ledger of ${ledger}`;

/** The strictest age that the catalogue asks of this evidence. */
const COUNTS = days(1);

/**
 * A ledger that agrees with its rows is witnessed where a quorum vouched for it within a day; the evidence is as old as the older of
 * the two. Without a quorum it is what it was.
 */
export const witnessedNow =
	(witnesses: Pick<Witnesses, 'vouchedFor'>, now: Instant) =>
	(fact: Fact): Fact => {
		const ofLedger = fact.claim === 'ledger' && fact.subject.kind === serviceComponent.kind;
		if (!ofLedger || fact.value !== 'merkle-signed' || !fact.source.startsWith(ledgerSource(''))) return fact;
		const since = witnesses.vouchedFor(fact.source.slice(ledgerSource('').length));
		if (since === null || now - since > COUNTS) return fact;
		return { ...fact, value: 'witnessed', at: Math.min(fact.at, since) };
	};
