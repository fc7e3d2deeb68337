import { listenerFor } from '../policy/listeners.ts';
import type { Answer, ApiDependencies } from './answer.ts';

/** What the running service is and does. */
export const siteStatus =
	({
		config,
		since,
		listening,
		store,
		policies,
		sessions,
		streams,
		counters,
		continuity,
	}: ApiDependencies): Answer<'site.status'> =>
	async () => {
		const { https, mqtt } = listening();
		const principals = await store.principals();
		return {
			version: config.version,
			since,
			url: https[0]?.url ?? '',
			mqttUrl: mqtt[0]?.url ?? '',
			applications: policies.epochs().map(({ application, epoch }) => {
				const own = principals.filter((principal) => principal.application === application);
				const policy = policies.mustHave(application);
				const ownStreams = [...streams.all()].filter(({ name }) => name.application === application);
				const seen = ownStreams.map(({ id }) => continuity.of(id));
				return {
					application,
					mode: policy.mode,
					epoch,
					mqttUrl: listenerFor(policy, mqtt).url,
					devices: own.filter(({ kind }) => kind === 'device').length,
					readers: own.filter(({ kind }) => kind === 'reader').length,
					sessions: [...sessions.all()].filter(({ principal }) => principal.application === application).length,
					readings: ownStreams.reduce((sum, { last }) => sum + last, 0),
					silent: seen.filter(({ presence }) => presence === 'silent').length,
					gaps: seen.filter(({ missing }) => missing > 0).length,
				};
			}),
			counters: counters.all(),
		};
	};
