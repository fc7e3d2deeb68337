import type { Answer, ApiDependencies } from './answer.ts';

export const alertsTest =
	({ alerts }: ApiDependencies): Answer<'alerts.test'> =>
	async () =>
		alerts === null
			? { delivered: false, detail: 'The site file names no webhook: add alerts to it, and start the service again.' }
			: alerts.test();
