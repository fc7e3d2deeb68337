import type { Instant } from '@keyward/core';
import { type Fact, type Policy, serviceComponent } from '@keyward/core/policy';

/** Evidence of essential readings in this application. */
export const essentialSource = (application: string): string => `essential readings of ${application}`;

/** An essential reading was let in though a security measure stood against its device. */
export const essentialFact = (application: string, at: Instant): Fact => ({
	...{ subject: serviceComponent, claim: 'essential-function', value: true, strength: 'observed', at },
	source: essentialSource(application),
});

/** Where no stream is essential, no measure can lose a reading of one. */
export const nothingEssential = ({ application, streams }: Policy, at: Instant): Fact[] =>
	[...streams.values()].some(({ essential }) => essential) ? [] : [essentialFact(application, at)];
