import type { Instant } from '@keyward/core';
import type { ClockFinding } from '@keyward/core/observe';
import { roughSpan } from '@keyward/core/spelling';

/** What was found of this machine's clock, and what becomes of it. */
export const describeFinding = (finding: ClockFinding): string => {
	switch (finding.kind) {
		case 'before-floor':
			return `this machine's clock says ${date(finding.wall)}, and it was ${date(finding.floor)} already: readings wait for their time; set the clock, or run a time service`;
		case 'jumped':
			return `this machine's clock jumped ${roughSpan(Math.abs(finding.by))} ${finding.by > 0 ? 'ahead' : 'back'}; readings keep their distance from each other`;
		case 'off':
			return `this machine's clock is ${roughSpan(Math.abs(finding.correction))} ${finding.correction > 0 ? 'behind' : 'ahead of'} the site's: readings are dated by the site's; set the clock`;
		case 'unconfirmed':
			return `the site does not say its time, and nothing is known to keep this machine's clock: readings are dated by it`;
		case 'confirmed':
			return `this machine's clock agrees with the site's`;
	}
};

/** A clock that is far off may say what is no date. */
const date = (time: Instant): string => (Math.abs(time) <= 8.64e15 ? new Date(time).toISOString() : String(time));
