import type { Instant } from '@keyward/core';
import type { PrincipalStore } from '@keyward/core/port';
import type { Counters } from '../log/counters.ts';
import { listenerFor, type Listening } from '../policy/listeners.ts';
import type { Policies } from '../policy/policies.ts';
import type { Sessions } from '../session/sessions.ts';
import type { Streams } from '../ingest/streams.ts';
import type { Answers } from './answers.ts';

/** What the running service is and does. */
export const siteAnswers = (
	store: PrincipalStore,
	policies: Policies,
	sessions: Sessions,
	streams: Streams,
	counters: Counters,
	about: {
		readonly version: string;
		readonly since: Instant;
		listening(): Listening;
	},
): Answers<'site.status'> => ({
	'site.status': async () => {
		const { https, mqtt } = about.listening();
		const principals = await store.principals();
		return {
			version: about.version,
			since: about.since,
			url: https[0]?.url ?? '',
			mqttUrl: mqtt[0]?.url ?? '',
			applications: policies.epochs().map(({ application, epoch }) => {
				const own = principals.filter((principal) => principal.application === application);
				return {
					application,
					mode: policies.mustHave(application).mode,
					epoch,
					mqttUrl: listenerFor(policies.mustHave(application), mqtt).url,
					devices: own.filter(({ kind }) => kind === 'device').length,
					readers: own.filter(({ kind }) => kind === 'reader').length,
					sessions: [...sessions.all()].filter(({ principal }) => principal.application === application).length,
					readings: [...streams.all()]
						.filter(({ name }) => name.application === application)
						.reduce((sum, { last }) => sum + last, 0),
				};
			}),
			counters: counters.all(),
		};
	},
});
