import { auditSuite } from './suite-audit.ts';
import { adoptionSuite } from './suite-adoption.ts';
import { conflictSuite } from './suite-conflicts.ts';
import { endsSuite } from './suite-ends.ts';
import { dataKeySuite } from './suite-data-keys.ts';
import { generationSuite } from './suite-generation.ts';
import { incidentSuite } from './suite-incidents.ts';
import { truncationSuite } from './suite-truncation.ts';
import { linkSuite } from './suite-links.ts';
import { partSuite } from './suite-parts.ts';
import { peopleSuite } from './suite-people.ts';
import { policySuite } from './suite-policies.ts';
import { readingSuite } from './suite-readings.ts';
import { timeSuite } from './suite-times.ts';
import { registrySuite } from './suite-registry.ts';
import { rolloutSuite } from './suite-rollouts.ts';
import { updateSuite } from './suite-updates.ts';
import type { OpenStore } from './suite-place.ts';

/** What every store must do, whatever it is made of. */
export const storeSuite = (name: string, open: OpenStore): void => {
	readingSuite(name, open);
	timeSuite(name, open);
	truncationSuite(name, open);
	registrySuite(name, open);
	endsSuite(name, open);
	conflictSuite(name, open);
	adoptionSuite(name, open);
	generationSuite(name, open);
	policySuite(name, open);
	partSuite(name, open);
	linkSuite(name, open);
	auditSuite(name, open);
	updateSuite(name, open);
	rolloutSuite(name, open);
	dataKeySuite(name, open);
	incidentSuite(name, open);
	peopleSuite(name, open);
};
