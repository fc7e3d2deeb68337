import type { RostersOf } from '../ingest/sealed-rows.ts';
import type { Owner } from './owner.ts';

/** Rosters of an application that are remembered beside the one in force. */
const KEPT = 8;
const none: readonly Uint8Array[] = [];

/**
 * The rosters of an application, the one in force first, then those that were since the start: a device that was away sealed under
 * one of them what it brings now.
 */
export const heldRosters = (owner: Pick<Owner, 'roster'>): RostersOf => {
	const known = new Map<string, { readonly hash: string; readonly rosters: readonly Uint8Array[] }>();
	return (application) => {
		const current = owner.roster(application);
		const before = known.get(application);
		if (current === null) return none;
		if (before?.hash === current.hash) return before.rosters;
		const rosters = [new TextEncoder().encode(current.text), ...(before?.rosters ?? [])].slice(0, 1 + KEPT);
		known.set(application, { hash: current.hash, rosters });
		return rosters;
	};
};
