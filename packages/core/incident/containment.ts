import type { Instant } from '../units/instant.ts';

/**
 * How a device is contained, in this order (IEC 62443-4-2 CR 2.6, CRA Annex I Part I (2)(k)). Each step can be done again without
 * harm, and is on record before the next begins, so that anyone who finds a containment cut short goes on where it stopped.
 */
export const containmentSteps = [
	/** Its sessions end, every certificate of it is revoked, its tokens are void, and it is retired: one commit. */
	'cut',
	/** Every other device that falls with it for certain is quarantined. */
	'behind',
	/** Commands that waited for it are void; one recommissioned under its name never gets them. */
	'commands',
	/** No key epoch of it counts from now on: what the owner has to sign for that is told. */
	'epochs',
	/** What it sent since the suspected time is marked in every reader's view. */
	'tainted',
] as const;

export type ContainmentStep = (typeof containmentSteps)[number];

/** Rows of one stream that nobody may trust: after the first cursor, up to and with the second. */
export interface TaintedSpan {
	/** The store's id of the stream, which is never used for another. */
	readonly id: number;
	readonly stream: string;
	readonly after: number;
	readonly to: number;
}

export interface Containment {
	/** When it was asked for, and so when its clock began. */
	readonly asked: Instant;
	/** From when on the device may have been somebody else's. */
	readonly since: Instant;
	/** Who asked, in words of the audit log; a detector by its name. */
	readonly by: string;
	readonly reason: string;
	readonly steps: readonly { readonly step: ContainmentStep; readonly at: Instant; readonly result: string }[];
	/** How long it took from `asked` until its sessions were cut and its certificates refused; null before. */
	readonly took: number | null;
	/** What only the owner can do, in commands. */
	readonly awaits: readonly string[];
	readonly tainted: readonly TaintedSpan[];
	/** Others that are to have new keys; left out where nobody asked for that. */
	readonly rekey?: RekeyWanted;
}

/** Which others may share with a contained device what opened it, and how many are asked for a new key at once. */
export interface RekeyWanted {
	/** Those of its class (one image, one kind of place for keys), or all devices of the application. */
	readonly of: (typeof rekeyScopes)[number];
	/** The class that it had; null: it had none. */
	readonly class: string | null;
	readonly wave: number;
	/** A key that was made before does not count as new. */
	readonly asked: Instant;
}

export const rekeyScopes = ['class', 'application'] as const;

/** The step to be done now; null where all are done. */
export const nextStep = ({ steps }: Pick<Containment, 'steps'>): ContainmentStep | null =>
	containmentSteps.find((step) => !steps.some((done) => done.step === step)) ?? null;

/** The same containment from an earlier moment on: what was tainted is looked for again. */
export const sinceEarlier = (containment: Containment, since: Instant): Containment =>
	since >= containment.since
		? containment
		: { ...containment, since, steps: containment.steps.filter(({ step }) => step !== 'tainted') };

/** Whether the row at this cursor is in one of the spans. */
export const isTainted = (spans: readonly Pick<TaintedSpan, 'after' | 'to'>[], cursor: number): boolean =>
	spans.some(({ after, to }) => cursor > after && cursor <= to);
