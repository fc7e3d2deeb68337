import type { RequirementId } from '@keyward/core/policy';
import type { ServiceOptions } from '@keyward/service';
import type { Cli } from './cli.ts';
import type { AttackedSite } from './site.ts';
import type { Patch } from './source-copy.ts';

/** What the attacker has when the attack begins. */
export const attackers = [
	'network',
	'device',
	'reader',
	'device-folder',
	'database',
	'operator',
	'manufacturer',
	'service',
] as const;

export type Attacker = (typeof attackers)[number];

/** How the second run is made in which the requirement does not hold. */
export type Off =
	/** Parameters in which these are null: the policy asks nothing of them. */
	| { readonly requirements: readonly RequirementId[] }
	/** A copy of the source in which the check alone is taken out. */
	| {
			readonly patch: readonly Patch[];
			/** Why no parameter can switch it off. */
			readonly because: string;
	  };

/** The site that is attacked. */
export interface SiteSetup {
	/** Applied at the start; by default `hallPolicy` of `packages/testing/service/site.ts` alone. */
	readonly policies?: readonly string[];
	/** How the service runs; ports are chosen by the system. Sets and bytes may be in it. */
	readonly options?: Partial<Omit<ServiceOptions, 'data' | 'allowWithout'>>;
}

/** What every attack has to work with. */
export interface Tools {
	/** Runs `keyward …` from the source under attack; it finds the site by the environment. */
	readonly cli: Cli;
	/** An empty folder of the attacker, removed afterwards. */
	readonly folder: string;
	/** The source under attack: the repository, or the copy of the second run. */
	readonly source: string;
	/** Aborted when the attack's time is over. */
	readonly signal: AbortSignal;
	/** Done when the run is over, the last first: close what the attack opened. */
	after(end: () => unknown): void;
}

export interface SiteTools extends Tools {
	readonly site: AttackedSite;
}

/** What one run came to. */
export interface Outcome {
	/** Whether the attacker has what the attack is after, as seen from outside. */
	readonly succeeded: boolean;
	/** One line: what was seen. */
	readonly saw: string;
	/** The code, or the words, by which it was refused; null when nothing refused it. */
	readonly refusal: string | null;
}

interface Aim {
	/** One line: what the attacker does. */
	readonly title: string;
	readonly requirements: readonly [RequirementId, ...RequirementId[]];
	readonly attacker: Attacker;
	/** Part of `npm test`: needs a few seconds both ways. */
	readonly quick?: boolean;
	readonly off: Off;
	/** A copy of the source for both runs, in which a check before the one that is attacked is taken out: defence in depth. */
	readonly given?: { readonly patch: readonly Patch[]; readonly because: string };
	/** The code by which it must fail in force, or a pattern for what was said. */
	readonly refusal: string | RegExp;
	/** Milliseconds that one run may take on a busy machine; two minutes by default. */
	readonly limit?: number;
}

/** An attack on a site. */
export interface SiteAttack extends Aim {
	/** What it needs of the attacker's folder is made by the function. */
	readonly site?: SiteSetup | ((folder: string) => Promise<SiteSetup>);
	readonly run: (tools: SiteTools) => Promise<Outcome>;
}

/** An attack on a command alone: no site runs. */
export interface CommandAttack extends Aim {
	readonly site: null;
	readonly run: (tools: Tools) => Promise<Outcome>;
}

export type Attack = SiteAttack | CommandAttack;

interface Define {
	(definition: SiteAttack): Attack;
	(definition: CommandAttack): Attack;
}

/** Defines one attack: the default export of a file in `attacks/`. */
export const attack: Define = (definition: Attack): Attack => Object.freeze(definition);
