import { type Instant, Problem, seconds } from '@keyward/core';
import { mayUseCertificate } from '@keyward/core/device';
import {
	askedOf,
	type AskedOfDevice,
	type DeviceStanding,
	dueOf,
	EXERCISE_PATIENCE,
	type Exercise,
	type ExercisedDevice,
	hasWayBack,
	kindWanted,
	readExercise,
	type SaidOfKeys,
	standingOf,
	writeExercise,
} from '@keyward/core/enrol';
import { type Fact, updateComponent } from '@keyward/core/policy';
import type { Clock, FactStore, Principal, PrincipalName, PrincipalStore, SigningAlgorithm } from '@keyward/core/port';
import type { AskedRecord } from './asked-record.ts';
import type { Policies } from '../policy/policies.ts';
import type { KeyHistory } from './key-history.ts';

/** One device of an exercise. */
export interface DeviceOfExercise extends DeviceStanding {
	readonly device: string;
	/** When its wave begins. */
	readonly due: Instant;
	/** When it last went over to another key, or another generation of its CA; null: never. */
	readonly changed: Instant | null;
	readonly kind: string | null;
	/** Step of link-encryption that a listener saw last; null: it was not connected yet. */
	readonly seenLink: string | null;
	readonly said: SaidOfKeys | null;
}

export type NewExercise = Pick<Exercise, 'over' | 'kind' | 'newAuthority' | 'link'>;

/** Keys, CAs and links that are changed on a running fleet, and when that last happened to each device. */
export interface Agility {
	/** Throws `Problem('exercise-refused')` while devices are still to change in an exercise, there or back. */
	mustBeOver(application: string): Promise<void>;
	/** Durable when it resolves; the exercise before is over. Throws `Problem('policy-unknown-application')`. */
	start(application: string, given: NewExercise): Promise<Exercise>;
	exercise(application: string): Promise<Exercise | null>;
	/** Nobody more is asked. Throws `Problem('exercise-refused')`, as the next two do. */
	pause(application: string, reason: string): Promise<Exercise>;
	resume(application: string): Promise<Exercise>;
	/** Each device is asked, in waves, for what it had before. */
	back(application: string): Promise<Exercise>;
	devices(application: string): Promise<DeviceOfExercise[]>;
	/** What this device, which asks now, is asked. */
	asked(device: PrincipalName, said: SaidOfKeys | null): Promise<AskedOfDevice>;
	/** The one kind of which a new key of it may be certified; null: any. */
	kindWanted(device: PrincipalName): Promise<SigningAlgorithm | null>;
	/** catalogue: key-agility. By the certificates that the registrar gave out. */
	facts(principals: readonly Principal[], now: Instant): Promise<Fact[]>;
}

export interface AgilityOptions {
	readonly store: PrincipalStore & FactStore;
	readonly history: KeyHistory;
	readonly policies: Pick<Policies, 'policyOf'>;
	/** What a device said of its keys last. */
	readonly said: (application: string, device: string) => SaidOfKeys | null;
	/** Since when those that were asked, and are not there yet, were asked first. */
	readonly record: AskedRecord;
	readonly clock: Clock;
	/** An exercise halted by itself. */
	readonly onHalted?: (application: string, reason: string) => void;
}

const SOURCE = 'exercise';
/** A device is asked when so much of what the policy allows is over, so that one that sleeps is in time too. */
const ASKED_FROM = 2 / 3;
/** Of the devices that may use a certificate; one may always fail. */
const MOST_FAILING = 0.02;
const FEW = 100;
const LOOK_EVERY = seconds(10);
const SECOND = seconds(1);

export const createAgility = (options: AgilityOptions): Agility => {
	const { store, history, policies, said, record, clock, onHalted = () => {} } = options;
	const looked = new Map<string, Instant>();
	/** By application and device: the last word, since the start, of those that asked. */
	const words = new Map<string, SaidOfKeys>();
	const underOf = (application: string): string => `exercise:${application}`;
	const exercise: Agility['exercise'] = async (application) => {
		const found = (await store.factsOf(updateComponent(application))).find(
			({ claim, source }) => claim === 'key-agility' && source === SOURCE,
		);
		if (typeof found?.value === 'string') return readExercise(found.value);
		// As it was kept before exercises had kinds of key.
		return typeof found?.value === 'number'
			? {
					...{ started: found.at, over: found.value, kind: null, newAuthority: false, link: null },
					...{ state: 'running', reason: null, back: null },
				}
			: null;
	};
	const keep = async (application: string, kept: Exercise): Promise<Exercise> => {
		const value = writeExercise(kept);
		const fact = { claim: 'key-agility', value, strength: 'observed', source: SOURCE, at: clock.now() } as const;
		await store.putFacts([{ subject: updateComponent(application), ...fact }]);
		return kept;
	};
	const mustHave = async (application: string): Promise<Exercise> => {
		const found = await exercise(application);
		if (found !== null) return found;
		throw new Problem(
			'exercise-refused',
			`No exercise was started with ${application}: keyward agility start --application ${application}.`,
		);
	};
	const deviceOf = async (
		{ started }: Exercise,
		name: PrincipalName,
		itsWord: SaidOfKeys | null,
	): Promise<ExercisedDevice> => {
		const { first, changed, newest, before } = await history.of(name, started);
		return {
			...{ device: name.id, said: itsWord, since: changed ?? first },
			kind: newest?.kind ?? null,
			kindBefore: before?.kind ?? null,
			sameIssuer: newest === null || before === null || Buffer.compare(newest.issuer, before.issuer) === 0,
		};
	};
	const fleetOf = async (application: string): Promise<Principal[]> =>
		(await store.principals(application)).filter(({ kind, state }) => kind === 'device' && mayUseCertificate(state));
	const wordOf = ({ application, id }: PrincipalName): SaidOfKeys | null =>
		words.get(`${application}/${id}`) ?? said(application, id);

	/** Nobody more is asked once too many of those that were are not there: an hour after they were asked, or by their own word. */
	const haltIfIll = async (application: string, under: Exercise): Promise<boolean> => {
		const waiting = record.of(underOf(application));
		const now = clock.now();
		// Of many, each that asks would look at all.
		if (waiting.size > FEW && now - (looked.get(application) ?? 0) < LOOK_EVERY) return false;
		looked.set(application, now);
		const ill: string[] = [];
		for (const [id, since] of [...waiting]) {
			const name: PrincipalName = { kind: 'device', application, id };
			const itsWord = wordOf(name);
			if (now - since < EXERCISE_PATIENCE && (itsWord?.failed ?? null) === null) continue;
			const { state } = standingOf(under, await deviceOf(under, name, itsWord), now);
			if (state === 'asked' || state === 'failed') ill.push(id);
			else await record.drop(underOf(application), id);
		}
		if (ill.length <= 1) return false;
		// A device that was retired since neither fails nor makes the fleet larger.
		const fleet = new Set((await fleetOf(application)).map(({ id }) => id));
		const failing = ill.filter((id) => fleet.has(id)).toSorted();
		if (failing.length <= Math.max(1, Math.floor(fleet.size * MOST_FAILING))) return false;
		const some = failing.slice(0, 5).join(', ');
		const reason = `${failing.length} devices were asked and did not change: ${some}${failing.length > 5 ? ' …' : ''}`;
		await keep(application, { ...under, state: 'halted', reason });
		onHalted(application, reason);
		return true;
	};
	const byPolicy = async (device: PrincipalName): Promise<boolean> => {
		const limit = policies.policyOf(device.application)?.parameters['key-agility'];
		if (typeof limit !== 'number') return false;
		const { first, changed } = await history.of(device, 0);
		const since = changed ?? first;
		return since !== null && clock.now() - since >= limit * ASKED_FROM;
	};
	const change = async (application: string, to: (under: Exercise) => Exercise): Promise<Exercise> => {
		const next = to(await mustHave(application));
		await record.drop(underOf(application));
		return keep(application, next);
	};

	const devices: Agility['devices'] = async (application) => {
		const under = await exercise(application);
		const now = clock.now();
		const seen = new Map<string, string>();
		for (const { subject, claim, source, value } of await store.facts(application))
			if (subject.kind === 'device' && claim === 'link-encryption' && source === 'listener')
				seen.set(subject.id, String(value));
		return Promise.all(
			(await fleetOf(application)).map(async (name): Promise<DeviceOfExercise> => {
				const { changed, newest } = await history.of(name, 0);
				const itsWord = wordOf(name);
				const standing: DeviceStanding =
					under === null
						? { state: changed === null ? 'waiting' : 'done', why: null }
						: standingOf(under, await deviceOf(under, name, itsWord), now);
				return {
					...{ device: name.id, changed, kind: newest?.kind ?? null, seenLink: seen.get(name.id) ?? null },
					...{ due: under === null ? 0 : dueOf(under, name.id), said: itsWord, ...standing },
				};
			}),
		);
	};
	/** Whether nobody is to change any more. */
	const isOver = async (application: string): Promise<boolean> =>
		(await devices(application)).every(({ state }) => state === 'done' || state === 'stays');

	return {
		mustBeOver: async (application) => {
			const under = await exercise(application);
			if (under === null || (await isOver(application))) return;
			const way = under.back === null ? 'is under way' : 'is on its way back';
			const end =
				under.back === null && hasWayBack(under)
					? `, undo it first (keyward agility back --application ${application})`
					: '';
			throw new Problem(
				'exercise-refused',
				`An exercise of ${application} ${way}: let it end (keyward agility status --application ${application})${end}, or end it where it stands with --replace, after which nothing goes back to what it was before.`,
			);
		},
		start: async (application, { over, kind, newAuthority, link }) => {
			if (policies.policyOf(application) === null)
				throw new Problem('policy-unknown-application', `This site has no policy for ${application}: apply one first.`);
			await record.drop(underOf(application));
			const terms = { over, kind, newAuthority, link };
			// RFC 5280 §4.1.2.5: certificates are dated in whole seconds. Nobody is asked before the next one, so that what a device had
			// before is told from what it was asked for.
			const started = Math.ceil(clock.now() / SECOND) * SECOND;
			return keep(application, { started, ...terms, state: 'running', reason: null, back: null });
		},
		exercise,
		pause: async (application, reason) => {
			const under = await mustHave(application);
			if (under.state !== 'running')
				throw new Problem('exercise-refused', `The exercise of ${application} is ${under.state} already.`);
			if (await isOver(application))
				throw new Problem(
					'exercise-refused',
					`The exercise of ${application} has ended: nobody is asked any more, and there is nothing to pause.`,
				);
			return change(application, (one) => ({ ...one, state: 'paused', reason }));
		},
		resume: (application) =>
			change(application, (under) => {
				if (under.state === 'running')
					throw new Problem(
						'exercise-refused',
						`The exercise of ${application} is not paused: keyward agility status --application ${application} shows where it stands.`,
					);
				return { ...under, state: 'running', reason: null };
			}),
		back: (application) =>
			change(application, (under) => {
				if (under.back !== null)
					throw new Problem('exercise-refused', `The exercise of ${application} is on its way back already.`);
				if (!hasWayBack(under))
					throw new Problem(
						'exercise-refused',
						'It gave new keys of the same kind, and the old ones are destroyed: there is nothing to go back to.',
					);
				return { ...under, state: 'running', reason: null, back: clock.now() };
			}),
		devices,
		asked: async (device, itsWord) => {
			if (itsWord !== null) words.set(`${device.application}/${device.id}`, itsWord);
			const under = await exercise(device.application);
			const now = clock.now();
			const asks =
				under === null || (under.state === 'running' && (await haltIfIll(device.application, under)))
					? null
					: askedOf(under, await deviceOf(under, device, itsWord), now);
			const at = underOf(device.application);
			if (asks !== null && (asks.rekey || asks.link !== null)) {
				if (!record.of(at).has(device.id)) await record.add(at, device.id, now);
				return asks;
			}
			await record.drop(at, device.id);
			return { rekey: await byPolicy(device), kind: null, link: null };
		},
		kindWanted: async (device) => {
			if (device.kind !== 'device') return null;
			const under = await exercise(device.application);
			return under === null ? null : kindWanted(under, await deviceOf(under, device, wordOf(device)), clock.now());
		},
		facts: (principals, now) =>
			Promise.all(
				principals
					.filter(({ kind }) => kind === 'device')
					.map(async ({ kind, application, id }): Promise<Fact> => {
						const { changed } = await history.of({ kind, application, id }, 0);
						return {
							...{ subject: { kind, application, id }, claim: 'key-agility', strength: 'observed' },
							value: changed === null ? 'its key and its CA were never changed' : Math.max(1, now - changed),
							...{ source: 'registrar', at: now },
						};
					}),
			),
	};
};
