import type { Instant } from '@keyward/core';
import type { Fact } from '@keyward/core/policy';
import type { Principal, StoredFloor, UpdateReport } from '@keyward/core/port';
import { TRIAL_SOURCE } from './rollback-trials.ts';

/** What is known of the floors of an application's devices. */
export interface KnownFloors {
	/** Facts of the application, as the store has them. */
	readonly known: readonly Fact[];
	/** What a device says of its updates. */
	readonly said: (application: string, device: string) => UpdateReport | null;
	/** What TPMs said. */
	readonly counted: readonly StoredFloor[];
	/** The security floor of a release that the owner has in force; null for any other. */
	readonly floorOf: (className: string, version: string) => number | null;
	/** Devices whose parts the site believes no more. */
	readonly doubted: ReadonlySet<string>;
}

/**
 * Why what a device says of itself and what its TPM counts cannot both be true: it runs what it must not, or its TPM does not count what it
 * confirmed. Null: nothing speaks against it.
 */
const contradiction = (
	report: UpdateReport | null,
	counted: StoredFloor | undefined,
	running: number | null,
): string | null => {
	if (report === null || counted === undefined) return null;
	const { floor, at } = counted;
	if (running !== null && running < floor)
		return `it runs ${report.running} of security floor ${running}, and its TPM counts ${floor}`;
	// What was confirmed since then is counted when it next shows its floor.
	if (report.at > at) return null;
	const confirmed = Math.max(report.floor, report.state === 'confirmed' ? (running ?? 0) : 0);
	return confirmed > floor ? `it confirmed security floor ${confirmed}, and its TPM counts ${floor}` : null;
};

/**
 * catalogue: rollback-refused. That a device asks for its update says that it keeps a floor: no more than claimed. That it refuses what is
 * below was observed in a trial. That its TPM counts the floor is attested, and counts for more than claimed where it was seen to refuse.
 */
export const floorFacts = (
	application: string,
	principals: readonly Principal[],
	{ known, said, counted, floorOf, doubted }: KnownFloors,
	now: Instant,
): Fact[] => {
	const byDevice = Map.groupBy(known.filter(isFloorFact), ({ subject }) => subject.id);
	return principals.flatMap(({ kind, id, class: className }): Fact[] => {
		if (kind !== 'device') return [];
		const report = said(application, id);
		const of = byDevice.get(id) ?? [];
		const counts = ({ until }: Fact): boolean => until === undefined || now < until;
		const trials = of.filter(({ source }) => source === TRIAL_SOURCE);
		const attested = doubted.has(id) ? [] : of.filter((one) => one.strength === 'attested' && counts(one));
		const refused = trials.some((one) => one.value === 'stored-floor' && counts(one));
		const byTpm = attested.length > 0 && attested.every(({ value }) => value === 'hardware-floor');
		const version = report?.running ?? null;
		const running = version === null ? null : floorOf(className ?? '', version);
		const [newest] = counted.filter((one) => one.device === id).toSorted((a, b) => b.at - a.at);
		const against = contradiction(report, newest, running);
		const subject = { kind: 'device', application, id } as const;
		const claim = 'rollback-refused';
		return [
			// A floor in hardware that no refusal goes with has kept nothing out yet.
			...attested.map((one): Fact => (byTpm && !refused ? { ...one, strength: 'claimed' } : one)),
			...trials.map((one): Fact =>
				byTpm && against === null && one.value === 'stored-floor' ? { ...one, value: 'hardware-floor' } : one,
			),
			...(against === null
				? []
				: [{ subject, claim, value: against, strength: 'observed', source: 'registrar', at: now } as const]),
			...(report === null
				? []
				: [{ subject, claim, value: 'stored-floor', strength: 'claimed', source: 'device', at: report.at } as const]),
		];
	});
};

/** Those that {@link floorFacts} weighs together. */
export const isFloorFact = ({ claim, subject }: Fact): boolean =>
	claim === 'rollback-refused' && subject.kind === 'device';
