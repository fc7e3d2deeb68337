import type { Command } from 'commander';

/** What the verbs of a group are about, by the word that they begin with. */
const groups = {
	policy: 'Check, explain and apply what an application requires',
	alerts: 'Test the webhook that receives alerts',
	exercise: 'Try what a site must withstand, so that it is observed',
	ledger: 'Prove that no record was changed',
	witness: 'Vouch for the ledgers of sites: a program apart, in other hands',
	ca: "See and replace the site's own CAs",
	manifest: "Import manufacturers' signed lists of parts",
	device: 'Register, commission, run, list and show devices',
	advisory: 'Import advisories, and see who is exposed',
	disclosure: 'See how flaws are reported, and note that reports are answered',
	bom: 'Import and list bills of materials',
	'boot-reference': 'Say what the boot of each release looks like',
	batch: 'Register and commission many devices at once',
	reader: 'Register, commission and list readers',
	owner: "Make the owner's root of trust, show it, and change its keys",
	release: 'Make, sign and publish releases of the software of devices',
	roster: 'Prepare, sign and publish who may read, as the owner signs it',
	command: 'Send commands to devices, and see their state',
	incident: 'See what happened with a device, what was done, and close it',
	agility: 'Change the keys, CAs and links of a running fleet, and see who did',
	rollout: 'Bring a release to its devices in rings, and halt it',
	person: 'Invite, list and remove people, and change their roles',
	session: "See and end people's sessions",
	approval: 'Approve what takes two people',
	revoke: 'Revoke a grant, a device or a reader',
} as const;

/** The group of verbs of that name, made when it is not there yet: `keyward policy …`. */
export const group = (program: Command, name: keyof typeof groups): Command =>
	program.commands.find((command) => command.name() === name) ?? program.command(name).description(groups[name]);

/** Groups within groups. */
const subgroups = {
	'device update': 'On the device itself: fetch, install and confirm what the owner signed',
} as const;

/** `keyward device update …`. */
export const subgroup = (program: Command, name: keyof typeof groups, within: string): Command => {
	const outer = group(program, name);
	const words = `${name} ${within}`;
	const made = outer.commands.find((command) => command.name() === within);
	return made ?? outer.command(within).description(isSubgroup(words) ? subgroups[words] : '');
};

export const isSubgroup = (words: string): words is keyof typeof subgroups => Object.hasOwn(subgroups, words);

export const isGroup = (name: string): name is keyof typeof groups => Object.hasOwn(groups, name);
