import { sectionsOf } from './places-alike.ts';
import type { PskFinding, PskFleet } from './psk-fleet.ts';

const OBJECT = /^Secret (\S+) in (\S+)$/;

/**
 * One Secret of Kubernetes in several namespaces: an application's copies, as none can be read in another namespace. Null for others.
 *
 * False alarms: it is meant so where the application is one; hence low.
 */
export const copiedSecret = (fleet: PskFleet, rows: readonly number[]): PskFinding | null => {
	const names = new Set<string>();
	const namespaces = new Set<string>();
	for (const row of rows) {
		const [, name, namespace] = OBJECT.exec(sectionsOf(fleet.place(row).label).at(-1) ?? '') ?? [];
		if (fleet.device(row) !== null || name === undefined || namespace === undefined) return null;
		names.add(name);
		namespaces.add(namespace);
	}
	if (names.size !== 1 || namespaces.size < 2) return null;
	return {
		check: 'shared-psk',
		severity: 'low',
		rows,
		detail: `One Secret of Kubernetes lies in ${namespaces.size} namespaces with the same PSK.`,
		attack: 'Who may read the Secret in one of these namespaces has the key of what runs in all of them.',
		mend: 'If these are several applications or plants, give each a different random secret.',
	};
};
