import { type Instant, type Milliseconds, minutes, seconds } from '@keyward/core';
import { mayUseCertificate, qualifiedName } from '@keyward/core/device';
import {
	type Continuity,
	hear,
	type Identity,
	isCheckpointIdentity,
	type Presence,
	presenceOf,
	silenceGrace,
	standingGaps,
} from '@keyward/core/observe';
import { type Fact, type Policy, roughSpan, serviceComponent } from '@keyward/core/policy';
import type { Clock, Principal, PrincipalStore } from '@keyward/core/port';
import { continuitySource } from '../evidence/refusals.ts';
import type { LiveStream, PendingRow } from '../ingest/streams.ts';
import { lookEvery } from '../thread/look-every.ts';
import type { Condition } from './alerts/alerts.ts';

/** How often it is looked, and how long a device's entry in the registry is taken as read: less than what a policy may ask. */
const EVERY: Milliseconds = seconds(2);
const FRESH: Milliseconds = minutes(1);
/** Streams between two breaths: the committer's thread is the readings' first. */
const SLICE = 2000;
/** How long a late look is remembered, at least. */
const MEMORY: Milliseconds = minutes(10);

/** What of a stream tells whether it comes in. */
type Heard = Pick<LiveStream, 'id' | 'name' | 'newest' | 'last'>;

export interface StreamContinuity {
	/** Null while its policy does not know it. */
	readonly presence: Presence | null;
	/** Readings of the last hour or more that should have come, and that none filled since. */
	readonly missing: number;
}

/** Notices readings that should have come and did not (gap-noticed): silence, and gaps between those that came. */
export interface ContinuityWatch {
	/** Rows of the stream became durable. */
	durable(stream: Heard, rows: readonly Pick<PendingRow, 'identity'>[]): void;
	/** Looks at every stream. */
	look(): Promise<void>;
	of(stream: number): StreamContinuity;
	/** What stood at the last look. */
	conditions(): readonly Condition[];
	/** How long a missing reading may have gone unnoticed, for each application that asks and was heard. */
	facts(now: Instant): Fact[];
	/** Told after each look. */
	onLook(then: (conditions: readonly Condition[]) => void): void;
	stop(): Promise<void>;
}

export interface ContinuityOptions {
	readonly streams: { all(): Iterable<Heard> };
	readonly policyOf: (application: string) => Policy | null;
	readonly store: Pick<PrincipalStore, 'principal'>;
	readonly clock: Clock;
	readonly report: (error: unknown) => void;
	/** Zero: nobody looks by itself (tests). */
	readonly pace?: Milliseconds;
}

const boundOf = (policy: Policy): Milliseconds | null => {
	const asked = policy.parameters['gap-noticed'];
	return typeof asked === 'number' ? asked : null;
};

export const watchContinuity = (options: ContinuityOptions): ContinuityWatch => {
	const { policyOf, store, clock, report, pace = EVERY } = options;
	const started = clock.now();
	const byStream = new Map<number, Continuity>();
	let presences = new Map<number, Presence>();
	let conditions: readonly Condition[] = [];
	const registry = new Map<string, { readonly principal: Principal | null; readonly at: Instant }>();
	const listeners: ((conditions: readonly Condition[]) => void)[] = [];
	/** For each application that asks: the longest that a missing reading of it may go unnoticed by these terms. */
	let graces = new Map<string, Milliseconds>();
	let last = started;
	let turned = started;
	let before: Milliseconds = 0;
	let worst: Milliseconds = 0;

	const entryOf = (id: number, newest: Identity, at: Instant): Continuity => {
		const known = byStream.get(id);
		if (known !== undefined) return known;
		const entry: Continuity = { heard: at, newest, gaps: [] };
		byStream.set(id, entry);
		return entry;
	};

	const deviceOf = async (application: string, id: string, now: Instant): Promise<Principal | null> => {
		const key = qualifiedName({ application, id });
		const known = registry.get(key);
		if (known !== undefined && now - known.at < FRESH) return known.principal;
		const principal = await store.principal({ kind: 'device', application, id });
		registry.set(key, { principal, at: now });
		return principal;
	};

	/** Late or not; looks the device up only for a stream that is. */
	const judge = async (stream: Heard, policy: Policy, now: Instant): Promise<Presence | null> => {
		const { application, device, stream: name } = stream.name;
		const terms = policy.streams.get(name);
		if (terms === undefined) return null;
		const entry = entryOf(stream.id, stream.newest, now);
		// The clock was set back.
		if (entry.heard > now) entry.heard = now;
		const { heard } = entry;
		const within = boundOf(policy);
		if (within !== null && stream.last > 0)
			graces.set(application, Math.max(graces.get(application) ?? 0, silenceGrace(terms.every, within)));
		// Not late, but nothing came yet: nothing was heard.
		if (presenceOf(heard, terms, within, 0, now) === 'heard') return stream.last === 0 ? null : 'heard';
		const principal = await deviceOf(application, device, now);
		if (principal === null || !mayUseCertificate(principal.state)) return null;
		const deviceClass = policy.devices.get(principal.class ?? '');
		if (!deviceClass?.streams.includes(name)) return null;
		return presenceOf(heard, terms, within, deviceClass.sleeps ?? 0, now);
	};

	const look = async (): Promise<void> => {
		const now = clock.now();
		worst = Math.max(worst, now - last);
		last = now;
		if (now - turned > MEMORY) [before, worst, turned] = [worst, 0, now];
		graces = new Map();
		const found = new Map<number, Presence>();
		const silent = new Map<string, string[]>();
		const gaps = new Map<string, string[]>();
		const add = (to: Map<string, string[]>, { application, device }: Heard['name'], what: string): void => {
			const subject = qualifiedName({ application, id: device });
			to.set(subject, [...(to.get(subject) ?? []), what]);
		};
		let looked = 0;
		for (const stream of options.streams.all()) {
			if (++looked % SLICE === 0) await new Promise((resolve) => setImmediate(resolve));
			const policy = policyOf(stream.name.application);
			const presence = policy === null ? null : await judge(stream, policy, now);
			if (policy === null || presence === null) continue;
			found.set(stream.id, presence);
			const { heard } = entryOf(stream.id, stream.newest, now);
			if (presence === 'silent') add(silent, stream.name, `${stream.name.stream} for ${roughSpan(now - heard)}`);
			const missing = missingOf(stream.id, policy.streams.get(stream.name.stream)?.every ?? 0, now);
			if (missing > 0) add(gaps, stream.name, `${missing} of ${stream.name.stream}`);
		}
		for (const [key, { at }] of registry) if (now - at > FRESH) registry.delete(key);
		presences = found;
		conditions = [
			...Array.from(silent, ([subject, names]): Condition => ({
				kind: 'device-silent',
				subject,
				text: `${subject} has sent nothing on ${names.join(', ')}: look whether it has power, a link and a good certificate.`,
			})),
			...Array.from(gaps, ([subject, names]): Condition => ({
				kind: 'readings-missing',
				subject,
				text: `Readings of ${subject} that should have come did not, though later ones did (${names.join(', ')}): look whether its source or a gateway drops some, or somebody on the way does.`,
			})),
		];
		for (const tell of listeners) tell(conditions);
	};

	const missingOf = (stream: number, every: Milliseconds, now: Instant): number => {
		const entry = byStream.get(stream);
		if (entry === undefined || entry.gaps.length === 0) return 0;
		entry.gaps = [...standingGaps(entry, every, now)];
		return entry.gaps.reduce((sum, { missing }) => sum + missing, 0);
	};

	// What is there already: a restart is nobody's silence, and what was missed meanwhile is a gap.
	for (const { id, newest } of options.streams.all()) entryOf(id, newest, started);
	const looks = lookEvery(pace, look, report);

	return {
		durable: (stream, rows) => {
			const policy = policyOf(stream.name.application);
			const every = policy?.streams.get(stream.name.stream)?.every;
			const now = clock.now();
			// One that was opened since the last look: these are its first rows.
			const entry = entryOf(stream.id, Number.NEGATIVE_INFINITY, now);
			// Gaps are looked for where the policy asks (gap-noticed); silence everywhere.
			if (policy === null || every === undefined || boundOf(policy) === null) entry.heard = now;
			else for (const { identity } of rows) if (!isCheckpointIdentity(identity)) hear(entry, identity, every, now);
		},
		look,
		of: (stream) => ({
			presence: presences.get(stream) ?? null,
			missing: byStream.get(stream)?.gaps.reduce((sum, { missing }) => sum + missing, 0) ?? 0,
		}),
		conditions: () => conditions,
		facts: (now) =>
			Array.from(graces, ([application, grace]) => ({
				...{ subject: serviceComponent, claim: 'gap-noticed', strength: 'observed', at: now },
				value: grace + Math.ceil(Math.max(before, worst, now - last)),
				source: continuitySource(application),
			})),
		onLook: (then) => void listeners.push(then),
		stop: () => looks.stop(),
	};
};
