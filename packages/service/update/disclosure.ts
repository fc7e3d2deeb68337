import { days, type Instant } from '@keyward/core';
import { type Fact, serviceComponent, updateComponent } from '@keyward/core/policy';
import type { FactStore } from '@keyward/core/port';
import { isExpired, type SecurityText } from '@keyward/core/update';

/** How long it counts that the contact answered: a team is not the same for ever. */
const ANSWER_COUNTS = days(365);

/** How to report a flaw of this site, and whether somebody answers who is written to. */
export interface Disclosure {
	/** Null: the site file says nothing. */
	readonly text: SecurityText | null;
	/** When the contact was last seen to answer; null: nobody noted it. */
	lastAnswer(): Instant | null;
	/** Notes that it did. Durable when it resolves; an earlier one changes nothing. */
	noteAnswer(at: Instant): Promise<void>;
	/** catalogue: disclosure-policy. The site's own claim: nobody here sees whether a mail is read. */
	fact(application: string, now: Instant): Fact;
}

const SOURCE = 'contact answered';

const date = (at: Instant): string => new Date(at).toISOString().slice(0, 10);

/** Reads what was noted before. */
export const openDisclosure = async (store: FactStore, text: SecurityText | null): Promise<Disclosure> => {
	const noted = (await store.facts('')).find(({ claim, source }) => claim === 'disclosure-policy' && source === SOURCE);
	let last = noted?.at ?? null;
	const judge = (now: Instant): { value: true | string; until?: Instant } => {
		if (text === null) return { value: 'the site file has no security-txt' };
		if (isExpired(text, now)) return { value: `security.txt expired on ${date(text.expires)}` };
		if (last === null) return { value: 'nobody noted that its contact answers: keyward disclosure answered' };
		const until = last + ANSWER_COUNTS;
		if (now >= until) return { value: `its contact was last seen to answer on ${date(last)}` };
		return { value: true, until: Math.min(until, text.expires) };
	};
	return {
		text,
		lastAnswer: () => last,
		noteAnswer: async (at) => {
			if (last !== null && at <= last) return;
			await store.putFacts([
				{ subject: serviceComponent, claim: 'disclosure-policy', value: true, strength: 'claimed', source: SOURCE, at },
			]);
			last = at;
		},
		fact: (application, now) => ({
			subject: updateComponent(application),
			...{ claim: 'disclosure-policy', strength: 'claimed', source: 'site file', at: now },
			...judge(now),
		}),
	};
};
