import { hours, type Milliseconds, minutes, seconds } from '@keyward/core';
import type { Authority } from './authority/authority.ts';
import type { Verification } from './ledger/verification.ts';
import type { Registrar } from './enrolment/registrar.ts';
import type { Rollover } from './authority/rollover.ts';

/** How often it is looked for certificates whose signing waits for a key that was away. */
const RECOVER_EVERY: Milliseconds = seconds(30);
/** How often the service's own certificate is looked at. */
const RENEW_EVERY: Milliseconds = minutes(10);
/** How often CAs that were rolled over are looked at: whether anybody needs them still. */
const RETIRE_EVERY: Milliseconds = hours(1);

/** What the site's own keys and certificates need as time goes by. */
export const startMaintenance = (
	life: Pick<Registrar, 'recover'>,
	authority: Pick<Authority, 'tend'>,
	rollover: Pick<Rollover, 'retireUnneeded'>,
	report: (error: unknown) => void,
): { stop(): void } => {
	const every = (span: Milliseconds, task: () => Promise<unknown>): NodeJS.Timeout =>
		setInterval(() => void task().catch(report), span);
	const timers = [
		every(RECOVER_EVERY, () => life.recover()),
		every(RENEW_EVERY, () => authority.tend()),
		every(RETIRE_EVERY, () => rollover.retireUnneeded()),
	];
	return { stop: () => timers.forEach((timer) => clearInterval(timer)) };
};

/** Evidence of the ledger is a day old at most (CR 3.9): verified at the start and twice a day, and what is kept no longer forgotten. */
export const startUpkeep = (
	verification: Pick<Verification, 'verifyInBackground'>,
	forgetful: readonly { forget(): Promise<void> }[],
	report: (error: unknown) => void,
): { stop(): void } => {
	const tend = (): void => {
		for (const task of [verification.verifyInBackground(), ...forgetful.map((one) => one.forget())])
			void task.catch(report);
	};
	const timer = setInterval(tend, hours(12));
	tend();
	return { stop: () => clearInterval(timer) };
};
