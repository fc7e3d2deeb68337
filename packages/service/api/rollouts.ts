import assert from 'node:assert/strict';
import type { Answer, ApiDependencies } from './answer.ts';
import { keepRefusal, refusedOf } from '../rollout/refused-release.ts';
import { saidSoftware } from '../rollout/software-facts.ts';
import { askedOfKeys } from './key-asked.ts';
import { rolloutSummary } from './rollout-summary.ts';

export const rolloutStart =
	({ rollouts }: ApiDependencies): Answer<'rollout.start'> =>
	async (given) =>
		rolloutSummary(await rollouts.start(given));

export const rolloutPause =
	({ rollouts }: ApiDependencies): Answer<'rollout.pause'> =>
	async ({ id, reason }) =>
		rolloutSummary(await rollouts.pause(id, reason));

export const rolloutResume =
	({ rollouts }: ApiDependencies): Answer<'rollout.resume'> =>
	async ({ id }) =>
		rolloutSummary(await rollouts.resume(id));

export const rolloutStop =
	({ rollouts }: ApiDependencies): Answer<'rollout.stop'> =>
	async ({ id, reason }) =>
		rolloutSummary(await rollouts.stop(id, reason));

export const rolloutList =
	({ rollouts, policies }: ApiDependencies): Answer<'rollout.list'> =>
	async ({ application }) => {
		policies.mustHave(application);
		return rollouts.list(application).map(rolloutSummary);
	};

export const rolloutShow =
	({ rollouts }: ApiDependencies): Answer<'rollout.show'> =>
	async ({ id }) => {
		const view = rollouts.show(id);
		const { application, terms, releases } = view.rollout;
		return {
			...{ rollout: rolloutSummary(view), terms, releases },
			devices: view.devices.map(({ device, class: className, ring, stage, at, from, fetched, reason }) => {
				const said = rollouts.said(application, device);
				return {
					...{ device, class: className, ring, stage, at, from, fetched, reason, refused: refusedOf(said) },
					said:
						said === null
							? null
							: { running: said.running, floor: said.floor, state: said.state, at: said.at, lastError: said.lastError },
				};
			}),
		};
	};

export const updateAssignment =
	(dependencies: ApiDependencies): Answer<'update.assignment'> =>
	async ({ refused = null, software = null, keys = null, ...said }, { principal }) => {
		const { rollouts, trials, observations, clock, store } = dependencies;
		// The rule lets only holders of certificates call.
		assert(principal !== null);
		trials.said(principal, refused);
		if (software !== null) observations.see(saidSoftware(principal, software, clock.now()));
		const kept = refused === null ? null : await keepRefusal(principal, refused, store, clock);
		const words = {
			...said,
			keys: keys === null ? null : JSON.stringify(keys),
			refused: kept === null ? null : JSON.stringify(kept),
		};
		const meant = await rollouts.assignment(principal, words);
		const told = meant.release === null ? { ...meant, release: await trials.offer(principal, said) } : meant;
		return { ...told, ...(await askedOfKeys(dependencies, principal, keys)) };
	};
