import type { Instant } from '@keyward/core';
import { type Fact, serviceComponent } from '@keyward/core/policy';

/** That a backup of that moment was restored. */
export const restorable = (backup: Instant, source: string): Fact => ({
	...{ subject: serviceComponent, claim: 'restorable', strength: 'observed', source },
	value: 0,
	at: backup,
});

/** The same at this moment: how long ago the backup was made that was last restored. */
export const restorableNow = (fact: Fact, now: Instant): Fact =>
	fact.claim === 'restorable' ? { ...fact, value: Math.max(0, now - fact.at), at: now } : fact;
