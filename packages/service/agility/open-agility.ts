import type { CertificateStore } from '@keyward/core/port';
import type { Log } from '../log/log.ts';
import { type Agility, type AgilityOptions, createAgility } from './agility.ts';
import { createKeyHistory, keysSaid } from './key-history.ts';
import type { Rollouts } from '../rollout/rollouts.ts';

export interface OpenAgilityOptions extends Pick<AgilityOptions, 'store' | 'policies' | 'record' | 'clock'> {
	readonly remembered: Pick<CertificateStore, 'certificates'>;
	readonly rollouts: Pick<Rollouts, 'said'>;
	readonly log: Log;
}

/** By the certificates that are remembered, and what devices say when they ask for updates. */
export const openAgility = ({ remembered, rollouts, log, ...options }: OpenAgilityOptions): Agility =>
	createAgility({
		...options,
		history: createKeyHistory(remembered),
		said: (application, device) => keysSaid(rollouts.said(application, device)),
		onHalted: (application, reason) => log.warn('exercise halted', { application, reason }),
	});
