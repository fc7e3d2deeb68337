import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { hours } from '@keyward/core';
import { readPublishedKeys } from '@keyward/core/keycheck';
import publishedKeys from '@keyward/core/keycheck/published-device-keys.json' with { type: 'json' };
import type { Clock, Entropy, Store } from '@keyward/core/port';
import { openSqliteStore } from '@keyward/store';
import { type Authority, openAuthority } from './authority/authority.ts';
import type { ServiceConfig } from './config.ts';
import { createDeviceLife } from './lives/device.ts';
import { createReadingLife } from './lives/reading.ts';
import { answerDoor } from './live/answer-door.ts';
import type { Channel, Handlers } from './live/channel.ts';
import { openCheckpoints } from './live/checkpoints.ts';
import { createCounters } from './live/counters.ts';
import { createFollowers, type Followers } from './live/followers.ts';
import { openGrants } from './live/grants.ts';
import { createIdentify } from './live/identify.ts';
import type { OpenSession, PageRequest, Subscribe, TlsMaterial } from './live/link-messages.ts';
import { createObservations } from './live/observations.ts';
import { openPolicies } from './live/policies.ts';
import { startSweep } from './live/sweep.ts';
import { createSessions, type Sessions } from './live/sessions.ts';
import { openStreams } from './live/streams.ts';
import type { Answers } from './operations/answers.ts';
import { grantAnswers } from './operations/grant.ts';
import { ledgerAnswers } from './operations/ledger.ts';
import { policyAnswers } from './operations/policy.ts';
import { postureAnswers } from './operations/posture.ts';
import { principalAnswers } from './operations/principal.ts';
import { siteAnswers } from './operations/site.ts';
import { createAdmittance, streamAnswers } from './operations/stream.ts';

/** The committer's side of a site, put together and not listening yet. */
export interface Assembly {
	/** Answers for a link worker's channel, and for the HTTPS worker's. */
	linkHandlers(channel: () => Channel): Handlers;
	doorHandlers(): Handlers;
	tls(): TlsMaterial;
	/** Told when the TLS material changed. */
	onTls(listener: (material: TlsMaterial) => void): void;
	announce(urls: { service: string; mqtt: string }): void;
	readonly answers: Answers;
	lostWorker(channel: Channel): void;
	/** After the listeners: finishes what is under way and closes the store. */
	close(): Promise<void>;
}

const clock: Clock = { now: () => Date.now() };
const entropy: Entropy = { bytes: (count) => Uint8Array.from(randomBytes(count)) };

export const assemble = async (config: ServiceConfig, report: (error: unknown) => void): Promise<Assembly> => {
	const since = clock.now();
	const store: Store = openSqliteStore(config.data);
	const counters = createCounters();
	const observations = createObservations(store, report);
	let urls = { service: '', mqtt: '' };
	let tellTls: (material: TlsMaterial) => void = () => {};

	const authority: Authority = await openAuthority({
		folder: join(config.data, 'authority'),
		clock,
		entropy,
		applications: (await store.policies()).map(({ application }) => application),
		hostNames: config.hostNames,
		...(config.sealFile !== null && { sealFile: config.sealFile }),
	});
	const tls = (): TlsMaterial => ({
		certificate: authority.tls.cert,
		key: authority.tls.key,
		clientAuthorities: authority.caBundle(),
	});

	const policies = await openPolicies(store, async ({ application }) => {
		await authority.issuing(application);
		tellTls(tls());
	});
	const applications = (): string[] => policies.epochs().map(({ application }) => application);
	const checkpoints = await openCheckpoints(join(config.data, 'ledger'), config.sealFile, store, applications, report);
	const grants = await openGrants(store);
	// Sessions, streams and followers know of each other's events; each is made before any event can come.
	const streams = await openStreams(store, (stream) => followers.opened(stream));
	const sessions: Sessions = createSessions(store, policies, streams, observations, clock, (session) =>
		followers.drop(session),
	);
	const followers: Followers = createFollowers(() => sessions, streams, policies, grants, clock);
	const readings = createReadingLife(store, streams, sessions.fence, counters, (stream, rows) =>
		followers.durable(stream, rows),
	);
	const life = createDeviceLife({
		store,
		authority,
		clock,
		entropy,
		policyOf: policies.policyOf,
		published: readPublishedKeys(publishedKeys),
		urls: () => urls,
	});
	await life.recover();

	let closing = false;
	const unlessClosing = (error: unknown): void => {
		if (!closing) report(error);
	};
	// Time alone ends certificates and grants: what it ended is cut at the next look.
	const sweep = startSweep(() => {
		const now = clock.now();
		void sessions.rejudge(({ until }) => until <= now).catch(unlessClosing);
		followers.expire(now);
	});

	const identify = createIdentify(store, policies, observations, clock);
	const admit = createAdmittance(identify, policies, grants, clock);
	const ledgers = ledgerAnswers(store, policies, checkpoints, observations, clock);
	const answers: Answers = {
		...policyAnswers(policies, sessions, followers, clock),
		...principalAnswers(store, life, policies, sessions),
		...grantAnswers(grants, policies, followers, clock),
		...streamAnswers(store, policies, grants, streams, identify, admit, clock),
		...postureAnswers(store, policies, grants, sessions, observations, sweep, clock),
		'ledger.verify': ledgers['ledger.verify'],
		...siteAnswers(store, policies, sessions, streams, counters, { version: config.version, since, urls: () => urls }),
	};

	// Evidence of the ledger is a day old at most (CR 3.9): verified at the start and twice a day.
	const verifyLedgers = (): void => void ledgers.verifyInBackground().catch(unlessClosing);
	const verifying = setInterval(verifyLedgers, hours(12));
	verifyLedgers();

	const count = (counted: readonly (readonly [string, number])[]): void => {
		for (const [code, times] of counted) counters.add(code, times);
	};

	return {
		answers,
		tls,
		onTls: (listener) => {
			tellTls = listener;
		},
		announce: (announced) => {
			urls = announced;
		},
		linkHandlers: (channel) => ({
			open: (request: OpenSession) => sessions.open(channel(), request),
			close: (session: number) => sessions.close(session),
			batch: ({ bytes }: { bytes: Uint8Array }) => readings.take(bytes),
			subscribe: ({ session, filter }: Subscribe) => {
				const live = sessions.get(session);
				return live === undefined ? null : followers.subscribe(live, filter);
			},
			unsubscribe: ({ session, filter }: Subscribe) => {
				const live = sessions.get(session);
				if (live !== undefined) followers.unsubscribe(live, filter);
			},
			page: async ({ session, stream, after, limit }: PageRequest) => {
				const live = sessions.get(session);
				if (live === undefined || !followers.follows(live, stream)) return [];
				return (await store.read(stream, after, limit)).map(({ cursor, time, record }) => ({ cursor, time, record }));
			},
			counters: count,
		}),
		doorHandlers: () => ({
			...answerDoor(answers, authority, life, store, streams, followers, admit, clock),
			counters: count,
		}),
		lostWorker: (channel) => sessions.dropWorker(channel),
		close: async () => {
			closing = true;
			sweep.stop();
			clearInterval(verifying);
			await readings.idle();
			await observations.stop();
			await checkpoints.stop();
			await store.close();
		},
	};
};
