import { Problem } from '@keyward/core';
import type { Fact } from '@keyward/core/policy';
import type { PrincipalName } from '@keyward/core/port';
import { metadataApplication, targetApplication } from '@keyward/owner';
import type { Answer, ApiDependencies } from './answer.ts';

/** A file of the owner's repository; and what the asking shows of who asks. */
export const ownerFile =
	({ owner, rollouts, trials, observations, clock }: ApiDependencies): Answer<'owner.file'> =>
	async ({ path, pinned }, { principal }) => {
		const files = owner.files();
		const name = path.startsWith('metadata/') ? path.slice('metadata/'.length) : path;
		const application = metadataApplication(name) ?? targetApplication(name);
		// CR 2.1: a roster says who reads an application, and is for that application's own.
		if (principal !== null && application !== null && application !== principal.application)
			throw new Problem('not-granted', `What the owner signed of ${application} is not for this caller.`);
		const artefact = owner.artefact(name);
		if (principal?.kind === 'reader' && artefact !== null)
			throw new Problem('not-granted', 'Releases are for devices.');
		// rollback-refused: what a device was to refuse is not given to it.
		if (principal?.kind === 'device' && artefact !== null) trials.asked(principal, artefact.path);
		// update-path: that it got the image here is seen here.
		if (principal?.kind === 'device' && artefact !== null) rollouts.fetched(principal, artefact.path);
		const text = Object.hasOwn(files, name) ? (files[name] ?? null) : null;
		if (principal !== null && text !== null) {
			const roster = application === null || !isOfRoster(name) ? null : owner.roster(application)?.roster;
			const seen = { subject: subjectOf(principal), at: clock.now() } as const;
			// owner-anchor: only the device itself can say which root it holds; the service sees no more than that it says so.
			if (pinned !== undefined) observations.see({ ...seen, ...pinFact(pinned, owner.pin()), source: principal.kind });
			// roster-age: what it has from here on, it can act on for as long as that roster lasts.
			if (roster !== null && roster !== undefined)
				observations.see({
					...{ ...seen, claim: 'roster-age', value: roster.expires - roster.issued },
					...{ strength: 'observed', source: 'owner', until: roster.expires },
				});
		}
		return { text, artefact: artefact && { length: artefact.length, sha256: artefact.sha256 } };
	};

/** Roles of releases have the same applications; who fetches one has no roster by that. */
const isOfRoster = (name: string): boolean => /^(targets\/rosters\/|\d+\.rosters%2F)/.test(name);

const subjectOf = ({ kind, application, id }: PrincipalName): Fact['subject'] => ({ kind, application, id });

const pinFact = (pinned: string, pin: string | null): Pick<Fact, 'claim' | 'value' | 'strength'> => ({
	claim: 'owner-anchor',
	value: pinned === pin ? true : "it holds another owner's root",
	strength: 'claimed',
});
