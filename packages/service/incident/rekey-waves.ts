import type { IncidentSummary } from '@keyward/contract';
import { hours, type Instant, type Milliseconds } from '@keyward/core';
import { mayUseCertificate, principalKey } from '@keyward/core/device';
import { issuedAt } from '@keyward/core/enrol';
import type { CertificateStore, Clock, Principal, PrincipalName, PrincipalStore } from '@keyward/core/port';
import { createSlice } from '../thread/time-slice.ts';
import type { AskedRecord } from '../agility/asked-record.ts';
import type { Incidents } from './incidents.ts';

/** How far the rest is that may be affected by what became of a contained device. */
export interface RekeyProgress {
	/** Devices in service that it is about. */
	readonly affected: number;
	/** Those with a key that was made after it was asked for. */
	readonly renewed: number;
	/** Those that are asked now, and have not come back with a new key yet. */
	readonly asked: number;
}

/**
 * Requirement `containment-time`, what comes after the cut (CR 1.5, CRA Annex I Part I (2)(k)): devices that may share with a contained one
 * what opened it are asked for a new key, so many at once. Who still has the old key is seen by the certificates, and who was asked is
 * on record, so that a crash loses nothing, and asking again changes nothing.
 */
export interface RekeyWaves {
	/** Whether this device, which asks what there is for it, is asked for a new key now. */
	mustRekey(device: PrincipalName): Promise<boolean>;
	progress(incident: IncidentSummary): Promise<RekeyProgress | null>;
}

type Wanted = NonNullable<NonNullable<IncidentSummary['containment']>['rekey']>;

/** One that was asked and is not heard of any more makes room for others after this long. */
const AWAY: Milliseconds = hours(1);

const sameBytes = (a: Uint8Array, b: Uint8Array): boolean => Buffer.compare(a, b) === 0;

export const createRekeyWaves = (
	store: Pick<PrincipalStore, 'principal' | 'principals'>,
	remembered: Pick<CertificateStore, 'certificates'>,
	incidents: Pick<Incidents, 'all'>,
	record: AskedRecord,
	clock: Clock,
): RekeyWaves => {
	const underOf = (incident: number): string => `incident:${incident}`;
	// Those that were asked before a restart keep their places until they are heard, or away for as long as others.
	for (const { number } of incidents.all())
		for (const device of record.of(underOf(number)).keys()) record.heard(underOf(number), device, clock.now());
	/** By device: when one that was asked was heard last. */
	const askedFor = async (incident: number): Promise<ReadonlyMap<string, Instant>> => {
		const known = record.of(underOf(incident));
		const now = clock.now();
		for (const [key, heard] of [...known])
			if (now - heard >= AWAY || heard > now) await record.drop(underOf(incident), key);
		return known;
	};
	/** When the key came into use that it has now; null: it has none. */
	const keySince = async (device: PrincipalName): Promise<Instant | null> => {
		const certificates = (await remembered.certificates(device)).filter(({ revoked }) => revoked === null);
		const newest = certificates.at(-1);
		if (newest === undefined) return null;
		return Math.min(...certificates.filter(({ key }) => sameBytes(key, newest.key)).map(issuedAt));
	};
	const isMeant = ({ of, class: className }: Wanted, principal: Principal): boolean =>
		principal.kind === 'device' &&
		mayUseCertificate(principal.state) &&
		(of !== 'class' || principal.class === className);
	const isOld = async ({ asked: since }: Wanted, device: PrincipalName): Promise<boolean> => {
		const made = await keySince(device);
		return made !== null && made < since;
	};
	return {
		mustRekey: async (device) => {
			const principal = await store.principal(device);
			if (principal === null) return false;
			const key = principalKey(device);
			for (const { number, application, containment } of incidents.all()) {
				const wanted = containment?.rekey;
				if (wanted === undefined || application !== device.application || !isMeant(wanted, principal)) continue;
				const under = await askedFor(number);
				if (!(await isOld(wanted, device))) {
					// It has come back with its new key: the next one may be asked.
					await record.drop(underOf(number), key);
					continue;
				}
				if (under.has(key)) record.heard(underOf(number), key, clock.now());
				else if (under.size >= wanted.wave) continue;
				// On record before it hears of it: no crash makes a wave larger.
				else await record.add(underOf(number), key, clock.now());
				return true;
			}
			return false;
		},
		progress: async ({ number, application, containment }) => {
			const wanted = containment?.rekey;
			if (wanted === undefined) return null;
			const slice = createSlice();
			let [affected, renewed] = [0, 0];
			for (const principal of await store.principals(application)) {
				await slice.next();
				if (!isMeant(wanted, principal)) continue;
				affected++;
				if (!(await isOld(wanted, principal))) renewed++;
			}
			return { affected, renewed, asked: Math.min(affected - renewed, (await askedFor(number)).size) };
		},
	};
};
