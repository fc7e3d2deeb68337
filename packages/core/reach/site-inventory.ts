import type { KeyEvidence } from '../device/key-evidence.ts';
import type { PrincipalName } from '../device/principal-name.ts';
import type { Policy } from '../policy/policy.ts';
import type { Instant } from '../units/instant.ts';
import type { Grant } from '../port/grant-store.ts';
import type { HeldKey, Inventory, InventoryAuthority, InventoryDevice } from './inventory.ts';
import { signingRoles, type SiteOwner } from './signing-roles.ts';

/** What a site's registry says of one device or reader that may use its certificates. */
export interface SitePrincipal extends PrincipalName {
	readonly class: string | null;
	/** Its certificates that are neither revoked nor over; `key` in hex. */
	readonly certificates: readonly { readonly key: string; readonly evidence: KeyEvidence }[];
}

export interface SiteFacts {
	readonly policies: readonly Policy[];
	readonly principals: readonly SitePrincipal[];
	readonly grants: readonly Grant[];
	/** Every CA whose certificates are taken now. */
	readonly authorities: readonly {
		readonly what: 'site-root' | 'service-ca' | 'issuing';
		readonly application: string | null;
		readonly generation: number;
		/** Its key is in a token that is no simulation. */
		readonly inToken: boolean;
	}[];
	/** What the owner's repository says; null before the site has an owner. */
	readonly owner: SiteOwner | null;
	readonly now: Instant;
}

/** As fingerprints are shown. */
const DIGITS = 16;

/** Fail closed: what the device alone says of its part, and a simulated part, keep a key no better than a file. */
const held = ({ key, evidence }: SitePrincipal['certificates'][number]): HeldKey => ({
	key: key.slice(0, DIGITS),
	custody: evidence.proof === 'claimed' || evidence.emulated ? 'software' : evidence.custody,
	opensRecorded: false,
});

const NAMED = 5;

/** Why what counts as hardware at admission, because the site names the emulator's root, is a file to an attacker. */
export const emulatedPart = (names: readonly string[]): string =>
	`EMULATED: who has the files of its program has the key. ${names.slice(0, NAMED).join(', ')}${names.length > NAMED ? ` and ${names.length - NAMED} more` : ''}: let in as hardware, because the site file names this emulator, and here counted as a file.`;

/** A device with one key in two certificates has it in the worse of the two places. */
const keysOf = ({ certificates }: SitePrincipal): HeldKey[] => {
	const keys = new Map<string, HeldKey>();
	for (const one of certificates.map(held)) {
		const before = keys.get(one.key);
		keys.set(one.key, before === undefined || before.custody === one.custody ? one : { ...one, custody: 'software' });
	}
	return [...keys.values()];
};

/**
 * A site as an inventory. It has no shared secrets and no gateways: each device has a key and a name for itself, and what a bridge sends it
 * sends as itself. Of the keys that sign updates it has the public halves alone.
 */
export const siteInventory = ({ policies, principals, grants, authorities, owner, now }: SiteFacts): Inventory => {
	const signing = signingRoles(owner, policies, now);
	const policyOf = new Map(policies.map((policy) => [policy.application, policy]));
	const caName = ({ what, application, generation }: SiteFacts['authorities'][number]): string =>
		`${what === 'issuing' ? (application ?? '') : what}${generation === 1 ? '' : ` generation ${generation}`}`;
	const issuing = authorities.filter(({ what }) => what === 'issuing');
	const issuersOf = (application: string): string[] =>
		issuing.filter((one) => one.application === application).map(caName);
	const rolesOf = (application: string): Pick<InventoryDevice, 'updateRoles' | 'commandRole' | 'rosterRole'> => {
		const [update, roster] = [signing.updates.get(application), signing.rosters.get(application)];
		const commandRole = signing.commands.get(application);
		return {
			updateRoles: update === undefined ? [] : [update],
			...(commandRole !== undefined && { commandRole }),
			...(roster !== undefined && { rosterRole: roster }),
		};
	};
	const known = principals.filter(({ application }) => policyOf.has(application));
	const emulated = known.filter(({ certificates }) => certificates.some(({ evidence }) => evidence.emulated));
	const doubted = known.filter(({ certificates }) =>
		certificates.some(
			({ evidence }) => evidence.custody !== 'software' && evidence.proof === 'claimed' && !evidence.emulated,
		),
	).length;
	return {
		source: 'site',
		devices: known
			.filter(({ kind }) => kind === 'device')
			.map((device) => {
				const policy = policyOf.get(device.application);
				return {
					id: `${device.application}/${device.id}`,
					class: device.class,
					keys: keysOf(device),
					streams: (policy?.devices.get(device.class ?? '')?.streams ?? []).map((name) => ({
						name,
						essential: policy?.streams.get(name)?.essential ?? false,
						// What is asked to be sealed is not taken open (sealed-readings), in either mode.
						sealed: (policy?.parameters['sealed-readings'] ?? null) !== null,
					})),
					commands: true,
					authorities: issuersOf(device.application),
					gateways: [],
					...rolesOf(device.application),
				};
			}),
		readers: known
			.filter(({ kind }) => kind === 'reader')
			.map((reader) => ({
				id: `${reader.application}/${reader.id}`,
				keys: keysOf(reader),
				grants: grants
					.filter(
						(grant) =>
							grant.application === reader.application &&
							grant.reader === reader.id &&
							grant.ended === null &&
							grant.expires > now,
					)
					.map(({ application, device, stream }) => ({
						device: device === '*' ? '*' : `${application}/${device}`,
						stream,
					})),
				authorities: issuersOf(reader.application),
			})),
		gateways: [],
		authorities: authorities.map((authority): InventoryAuthority => ({
			id: caName(authority),
			key: {
				key: `of CA ${caName(authority)}`,
				custody: authority.inToken ? 'pkcs11' : 'software',
				opensRecorded: false,
			},
			onService: true,
			certifies: authority.what === 'site-root' ? issuing.map(caName) : [],
			certifiesService: authority.what === 'service-ca',
		})),
		updateRoles: signing.roles,
		people: [{ id: 'operator', operatesService: true, keys: [] }, ...signing.people],
		service: { id: 'service', readsContent: true, holdsSharedSecrets: false },
		assumptions: [
			...(owner === null
				? []
				: ["Where the owner's and the commanders' keys lie is not known to the site: take one by key:FINGERPRINT."]),
			...(policies.some((policy) => policy.parameters['sealed-readings'] === null)
				? ['The service can read what it stores of applications whose policy does not ask for sealed readings.']
				: []),
			...(doubted > 0
				? [
						doubted === 1
							? '1 device or reader only claims its part: its key counts as a file.'
							: `${doubted} devices or readers only claim their part: their keys count as files.`,
					]
				: []),
			...(emulated.length > 0 ? [emulatedPart(emulated.map(({ application, id }) => `${application}/${id}`))] : []),
		],
	};
};
