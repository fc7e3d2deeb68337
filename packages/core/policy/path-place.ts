import type { RequirementId } from '../requirement/requirement.ts';
import type { ComponentKind } from './fact.ts';

/** What travels through a site: readings, orders to devices, the keys and names that devices and readers get, and software. */
export const pathNames = ['data', 'command', 'commissioning', 'update'] as const;

export type PathName = (typeof pathNames)[number];

/**
 * The zones and conduits (IEC 62443-3-2) of each path, in the order in which what travels passes them. `instrument` is what stands behind
 * devices, with its wires; `keys` are the key stores of
 * devices and readers, `people` those who command, commission and start rollouts, `release` what signs and holds updates.
 */
export const pathLinks = {
	data: ['instrument', 'device', 'keys', 'link', 'service', 'reader'],
	command: ['people', 'service', 'link', 'device', 'keys'],
	commissioning: ['people', 'service', 'link', 'device', 'reader', 'keys'],
	update: ['release', 'people', 'service', 'link', 'device'],
} as const satisfies Record<PathName, readonly string[]>;

export type PathLinkName = (typeof pathLinks)[PathName][number];

const byKind: Readonly<Record<ComponentKind, PathLinkName>> = {
	device: 'device',
	reader: 'reader',
	service: 'service',
	update: 'release',
};

/** The paths that a requirement guards, and the link at which it does; without one, the component that it is asked of. */
interface Place {
	readonly paths: readonly PathName[];
	readonly at?: PathLinkName;
}

const data: readonly PathName[] = ['data'];
const update: readonly PathName[] = ['update'];
/** Where a device proves itself by its key. Updates are signed by others. */
const byKey: readonly PathName[] = ['data', 'command', 'commissioning'];
const every: readonly PathName[] = pathNames;

const places: Readonly<Record<RequirementId, Place>> = {
	'unique-key': { paths: byKey, at: 'keys' },
	'device-authentication': { paths: every, at: 'link' },
	'service-authentication': { paths: every, at: 'link' },
	'owner-anchor': { paths: every },
	'key-custody': { paths: byKey, at: 'keys' },
	'expected-device': { paths: ['commissioning'] },
	'certificate-lifetime': { paths: byKey, at: 'keys' },
	'key-strength': { paths: byKey, at: 'keys' },
	'person-authentication': { paths: ['command', 'commissioning', 'update'], at: 'people' },
	'session-limits': { paths: ['command', 'commissioning', 'update'], at: 'people' },

	'deny-by-default': { paths: every },
	'own-streams-only': { paths: data },
	'explicit-readers': { paths: data },
	'grant-expiry': { paths: data },
	'roster-age': { paths: data },
	'live-revocation': { paths: ['data', 'command'], at: 'link' },
	'signed-commands': { paths: ['command'] },
	'dual-control': { paths: ['command', 'commissioning', 'update'], at: 'people' },

	'link-integrity': { paths: every, at: 'link' },
	'replay-refused': { paths: data, at: 'link' },
	'reading-signature': { paths: data },
	'gap-noticed': { paths: data },
	'firmware-signed': { paths: update },
	'boot-verified': { paths: ['data', 'command', 'update'] },
	ledger: { paths: every },
	'record-kept': { paths: every },
	'input-refused': { paths: data },

	'link-encryption': { paths: every, at: 'link' },
	'at-rest-encryption': { paths: data },
	'sealed-readings': { paths: data, at: 'link' },
	'epoch-length': { paths: data, at: 'link' },
	'secrets-wrapped': { paths: every },
	'erased-at-retirement': { paths: ['data', 'commissioning'] },
	'data-minimised': { paths: data },

	'update-path': { paths: update },
	'rollback-refused': { paths: update },
	'patch-deadline': { paths: update },
	'bill-of-materials': { paths: update },
	'staged-rollout': { paths: update },
	'key-agility': { paths: ['commissioning'], at: 'keys' },
	'support-period': { paths: update },
	'disclosure-policy': { paths: update },
	restorable: { paths: every },

	// A device that is opened is opened for all that passes it.
	'debug-port-closed': { paths: every },
	'side-channel-evidence': { paths: byKey, at: 'keys' },
	'tamper-noticed': { paths: every },
	'reach-bound': { paths: byKey, at: 'keys' },
	'containment-time': { paths: every },
	'least-function': { paths: every },
	'overload-held': { paths: ['data', 'command'] },
	'essential-function': { paths: data },
};

/** The link of the path at which a requirement is asked of components of a kind; null: what it asks is no matter of this path. */
export const placeOn = (path: PathName, requirement: RequirementId, kind: ComponentKind): PathLinkName | null => {
	const { paths, at } = places[requirement];
	// Nobody commands or updates a reader.
	if (kind === 'reader' && path !== 'data' && path !== 'commissioning') return null;
	return paths.includes(path) ? (at ?? byKind[kind]) : null;
};
