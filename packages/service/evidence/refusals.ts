import type { ErrorCode } from '@keyward/core';
import type { RequirementId } from '@keyward/core/policy';
import { type Fact, serviceComponent } from '@keyward/core/policy';
import type { Clock } from '@keyward/core/port';
import type { GivenRefusals } from '../thread/link-messages.ts';
import { essentialSource } from './essential.ts';
import type { Observations } from './observations.ts';

/** Requirements that a refusal shows to be in force: what they forbid was tried, and not let in. */
const shown: ReadonlySet<RequirementId> = new Set([
	'deny-by-default',
	'own-streams-only',
	'replay-refused',
	'input-refused',
	'data-minimised',
	'session-limits',
	'dual-control',
]);

/** What the state of the service or of the session refuses shows nothing of what was sent: nobody judged it. */
const ofTheService: ReadonlySet<ErrorCode> = new Set([
	'disk-short',
	'store-failed',
	'service-busy',
	'request-too-often',
	'reading-too-often',
	'taken-over',
]);

/** Evidence of how soon a missing reading of this application is noticed. */
export const continuitySource = (application: string): string => `continuity of ${application}`;

/** Evidence that a refusal was given to somebody in this application; to a stranger where it is empty. */
const source = (application: string): string => `refusal given in ${application}`;

/**
 * The evidence of what must be refused is that it was: a peer tried it on a listener, and got the refusal of that requirement. The
 * service asks nothing of itself. `keyward device run` tries each of them on its own link (docs/posture.md).
 */
export const createRefusalEvidence =
	(observations: Pick<Observations, 'see'>, clock: Clock) =>
	(given: GivenRefusals): void => {
		const at = clock.now();
		for (const { application, requirement, code } of given) {
			if (!shown.has(requirement) || ofTheService.has(code)) continue;
			observations.see({
				...{ subject: serviceComponent, claim: requirement, value: true, strength: 'observed', at },
				source: source(application),
			});
		}
	};

/** Whether a fact about the service speaks for this application: what was seen in another says nothing of it. */
export const speaksFor = (application: string, fact: Fact): boolean =>
	[source, continuitySource, essentialSource].every(
		(of) => !fact.source.startsWith(of('')) || fact.source === of('') || fact.source === of(application),
	);
