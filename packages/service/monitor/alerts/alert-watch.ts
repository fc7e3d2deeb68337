import { X509Certificate } from 'node:crypto';
import type { IncidentSummary } from '@keyward/contract';
import { type Milliseconds, minutes } from '@keyward/core';
import { qualifiedName } from '@keyward/core/device';
import type { Posture } from '@keyward/core/policy';
import type { CertificateStore, Clock, FactStore, PrincipalStore } from '@keyward/core/port';
import type { Authority } from '../../authority/authority.ts';
import { diskRoom } from '../../ingest/disk.ts';
import type { LiveSession } from '../../session/live-session.ts';
import type { Takeovers } from '../../session/takeovers.ts';
import type { Alerts, Condition } from './alerts.ts';
import { deviceEnd, ownCertificate, type OwnCertificate, ownEnds } from './ends.ts';
import { createFall } from './fall.ts';

/** How often the disk is looked at, and how often all certificates and the posture, which cost more. */
const OFTEN: Milliseconds = minutes(1);
const SELDOM: Milliseconds = minutes(10);

export interface WatchOptions {
	readonly data: string;
	readonly alerts: Alerts;
	readonly store: CertificateStore & PrincipalStore & FactStore;
	readonly authority: Authority;
	readonly posture: () => Promise<readonly Posture[]>;
	readonly takeovers: Takeovers;
	readonly sessions: { all(): Iterable<Pick<LiveSession, 'principal' | 'despite'>> };
	/** Devices that run what an advisory names. */
	readonly exposed: () => Promise<readonly Condition[]>;
	/** Rollouts that halted by themselves. */
	readonly halted: () => readonly Omit<Condition, 'kind'>[];
	/** Every incident of the site. */
	readonly incidents: () => readonly IncidentSummary[];
	/** What is wrong with the record and its clock. */
	readonly record: () => readonly Condition[];
	/** Witnesses that do not vouch for a ledger. */
	readonly witnesses: () => readonly Condition[];
	readonly clock: Clock;
	readonly report: (error: unknown) => void;
	/** For tests. */
	readonly pace?: { readonly often: Milliseconds; readonly seldom: Milliseconds };
}

/** The certificates that the site itself stands on. */
export const ownCertificates = (authority: Authority): OwnCertificate[] =>
	[authority.tls.cert, ...authority.certificates()].map((one) => ownCertificate(new X509Certificate(one)));

/** CCSC 1: what is let in for being essential is somebody's to mend, not a state to stay in. */
const essentialConditions = (sessions: Iterable<Pick<LiveSession, 'principal' | 'despite'>>): Condition[] =>
	[...sessions].flatMap(({ principal, despite }) =>
		despite === null
			? []
			: [
					{
						kind: 'essential-admitted',
						subject: qualifiedName(principal),
						text: `Readings of ${qualifiedName(principal)} are let in and marked only because their streams are essential (${despite.code}: ${despite.reason}): look at the device, then commission it again, release or retire it.`,
					},
				],
	);

/** CR 6.2: what a detector or a person opened, until a person closes it. */
const incidentConditions = (incidents: readonly IncidentSummary[]): Condition[] =>
	incidents
		.filter(({ closed }) => closed === null)
		.map(({ number, application, device, cause, reason, containment }) => ({
			kind: 'incident-open',
			subject: `incident ${number}`,
			text: `Incident ${number}, ${cause}: ${device === '' ? '' : `${qualifiedName({ application, id: device })}: `}${reason}. ${
				device === ''
					? 'Keep the data folder as it is, and ask the operators of the witnesses what they hold.'
					: containment === null
						? `Look at the device; shut it out with keyward contain ${device} --application ${application}.`
						: 'It is contained.'
			} See keyward incident show ${number}.`,
		}));

/** Looks again and again whether something has to be told. */
export const startWatch = (options: WatchOptions): { stop(): Promise<void> } => {
	const { data, alerts, store, authority, posture, clock, report } = options;
	const { often, seldom } = options.pace ?? { often: OFTEN, seldom: SELDOM };
	const fall = createFall();
	let busy: Promise<void> = Promise.resolve();
	let stopped = false;

	const lookOften = async (): Promise<void> => {
		const { short, free } = await diskRoom(data);
		const disk: Condition[] = short
			? [
					{
						kind: 'disk-short',
						subject: data,
						text: `${Math.floor(free / 1024 / 1024)} MiB are free under ${data}: make room.`,
					},
				]
			: [];
		alerts.stand(['disk-short'], disk);
		const contested = options.takeovers.repeated().map(({ principal: { kind, application, id } }): Condition => ({
			kind: 'identity-contested',
			subject: `${kind} ${application}/${id}`,
			text: `Sessions of the ${kind} ${application}/${id} take over from each other again and again: it is on a bad line, or its key was copied. Look for a second one; to keep both out: keyward ${kind === 'device' ? 'device quarantine' : 'revoke reader'}.`,
		}));
		alerts.stand(['identity-contested'], contested);
		alerts.stand(['incident-open'], incidentConditions(options.incidents()));
		alerts.stand(['essential-admitted'], essentialConditions(options.sessions.all()));
		const halted = options.halted().map((one): Condition => ({ kind: 'rollout-halted', ...one }));
		alerts.stand(['rollout-halted'], halted);
		alerts.stand(['record-failing', 'clock-doubtful'], options.record());
		alerts.stand(['witness-missing', 'ledger-forked'], options.witnesses());
		const broken = (await store.facts('')).filter(({ claim, value }) => claim === 'ledger' && value === 'broken');
		const ledgers = broken.map(({ source }): Condition => ({
			kind: 'ledger-broken',
			subject: source,
			text: `The ${source} does not agree with what is stored: keep the data folder as it is, and run keyward ledger verify.`,
		}));
		alerts.stand(['ledger-broken'], ledgers);
	};

	const lookSeldom = async (): Promise<void> => {
		const ends = ownEnds(ownCertificates(authority), clock.now());
		for (const principal of await store.principals()) {
			if (stopped) return;
			const end = deviceEnd(principal, await store.certificates(principal), clock.now());
			if (end !== null) ends.push(end);
			// The committer's thread is the readings' first.
			await new Promise((resolve) => setImmediate(resolve));
		}
		alerts.stand(['certificate-end'], ends);
		alerts.stand(['device-exposed'], await options.exposed());
		alerts.stand(['posture-fell'], fall.look(await posture()));
	};

	const next = (look: () => Promise<void>): void => {
		busy = busy
			.then(async () => {
				if (!stopped) await look();
			})
			.catch(report);
	};
	const timers = [setInterval(() => next(lookOften), often), setInterval(() => next(lookSeldom), seldom)];
	next(lookOften);
	next(lookSeldom);
	return {
		stop: async () => {
			stopped = true;
			for (const timer of timers) clearInterval(timer);
			await busy;
		},
	};
};
