import type { Alerts } from '../monitor/alerts/alerts.ts';
import type { Answers } from './answers.ts';

/** `alerts` is null where the site file names no webhook. */
export const alertAnswers = (alerts: Alerts | null): Answers<'alerts.test'> => ({
	'alerts.test': async () =>
		alerts === null
			? { delivered: false, detail: 'The site file names no webhook: add alerts to it, and start the service again.' }
			: alerts.test(),
});
