import type { Policy } from '../policy/policy.ts';
import type { Instant } from '../units/instant.ts';
import type { InventoryPerson, InventoryRole } from './inventory.ts';

/** Keys of which so many sign together; each named by its fingerprint, in hex. */
interface Signers {
	readonly keys: readonly string[];
	readonly threshold: number;
}

/** What the owner's repository says of who signs what, as it is in force. */
export interface SiteOwner {
	readonly root: Signers;
	/** Names who signs releases and rosters. */
	readonly targets: Signers;
	/** Signs snapshot and timestamp by itself, on the service. */
	readonly online: Signers;
	/** By application. */
	readonly releases: ReadonlyMap<string, Signers>;
	readonly rosters: ReadonlyMap<
		string,
		Signers & {
			readonly commanders: readonly { readonly id: string; readonly key: string; readonly expires: Instant }[];
			/** How many must sign a dangerous command. */
			readonly dangerous: number;
		}
	>;
}

/** Who may sign updates, rosters and commands of a site, and which role each device obeys. */
export interface SigningRoles {
	readonly roles: readonly InventoryRole[];
	/** By application: whose firmware it installs. */
	readonly updates: ReadonlyMap<string, string>;
	/** By application: whose rosters decide who reads and commands. */
	readonly rosters: ReadonlyMap<string, string>;
	/** By application: whose commands are obeyed; null where nobody may give any. One that is not here obeys the service. */
	readonly commands: ReadonlyMap<string, string | null>;
	readonly people: readonly InventoryPerson[];
}

const DIGITS = 16;
const short = (key: string): string => key.slice(0, DIGITS);

const ROOT = "root of the site's owner";
const TARGETS = "role list of the site's owner";
const ONLINE = "dates of the owner's repository";

/** No number of these keys can sign: there is no such role. */
const possible = ({ keys, threshold }: Signers): boolean => threshold >= 1 && new Set(keys).size >= threshold;

export const signingRoles = (owner: SiteOwner | null, policies: readonly Policy[], now: Instant): SigningRoles => {
	const roles: InventoryRole[] = [];
	const people = new Map<string, InventoryPerson>();
	const [updates, rosters, commands] = [
		new Map<string, string>(),
		new Map<string, string>(),
		new Map<string, string | null>(),
	];
	const add = (
		id: string,
		kind: NonNullable<InventoryRole['kind']>,
		signers: Signers,
		more: Partial<Pick<InventoryRole, 'appoints' | 'onService'>> = {},
	): boolean => {
		if (!possible(signers)) return false;
		const { keys, threshold } = signers;
		roles.push({ id, kind, keys: keys.map(short), threshold, appoints: [], onService: false, ...more });
		return true;
	};
	for (const { application, parameters } of policies) {
		// signed-commands (CR 2.12): such a device obeys the owner's commanders, and the service not at all.
		const signed = parameters['signed-commands'] !== null;
		if (signed) commands.set(application, null);
		const releases = owner?.releases.get(application);
		if (releases !== undefined && add(`releases of ${application}`, 'update-role', releases))
			updates.set(application, `releases of ${application}`);
		const roster = owner?.rosters.get(application);
		if (roster === undefined) continue;
		const standing = roster.commanders.filter(({ expires }) => expires > now);
		const command = { keys: standing.map(({ key }) => key), threshold: roster.dangerous };
		const commanded = signed && add(`commands of ${application}`, 'command-role', command);
		if (commanded) commands.set(application, `commands of ${application}`);
		for (const { id, key } of commanded ? standing : [])
			people.set(`commander ${application}/${id}`, {
				...{ id: `commander ${application}/${id}`, operatesService: false, keys: [short(key)] },
			});
		const appoints = commanded ? [`commands of ${application}`] : [];
		if (add(`rosters of ${application}`, 'owner-role', roster, { appoints }))
			rosters.set(application, `rosters of ${application}`);
	}
	if (owner !== null) {
		const named = [...updates.values(), ...rosters.values()];
		if (add(TARGETS, 'owner-role', owner.targets, { appoints: named }))
			add(ROOT, 'owner-role', owner.root, { appoints: [TARGETS] });
		// What it can do is hold back: it appoints nobody, and nothing is installed by it alone.
		add(ONLINE, 'owner-role', owner.online, { onService: true });
	}
	return { roles, updates, rosters, commands, people: [...people.values()] };
};
