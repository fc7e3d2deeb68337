import { operation, operator, people, program } from './operation.ts';
import { rolloutSummary, rolloutTerms, softwareVersion } from './rollout-shapes.ts';
import { exactly, name } from './shapes.ts';

export const rolloutStart = operation('rollout.start', {
	summary: 'Brings a signed release to the devices of its classes, ring by ring; what stood before is stopped',
	callers: [operator, ...people('owner', 'operator'), program],
	input: exactly({ application: name, version: softwareVersion, terms: rolloutTerms }),
	output: rolloutSummary,
});
