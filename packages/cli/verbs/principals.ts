import type { PrincipalSummary } from '@keyward/core/port';
import { printJson, printTable } from '../output.ts';
import { printMoment } from './moment.ts';

/** A table of devices or readers, or what to do when there are none. */
export const printPrincipals = (kind: 'device' | 'reader', found: readonly PrincipalSummary[], json = false): void => {
	if (json) return printJson(found);
	if (found.length === 0) {
		process.stdout.write(`No ${kind} yet: keyward ${kind} expect ID --application A\n`);
		return;
	}
	const classes = kind === 'device';
	printTable(
		['application', kind, ...(classes ? ['class'] : []), 'state', 'certificate until', 'connected'],
		found.map((principal) => [
			principal.application,
			principal.id,
			...(classes ? [principal.class ?? '–'] : []),
			principal.state,
			printMoment(principal.certificateUntil),
			principal.connected ? 'yes' : 'no',
		]),
	);
};
