import assert from 'node:assert/strict';
import type { Answer, ApiDependencies } from './answer.ts';

export const deviceReport =
	({ store, deviceReports }: ApiDependencies): Answer<'device.report'> =>
	async (report, { principal }, caller) => {
		// The rule lets only holders of certificates call.
		assert(principal !== null && caller.kind === 'certificate');
		const shown = await store.certificate(Uint8Array.from(Buffer.from(caller.fingerprint, 'hex')));
		deviceReports.said(principal, { attested: shown?.evidence.proof === 'attested', report });
		return {};
	};
