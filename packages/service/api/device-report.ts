import assert from 'node:assert/strict';
import type { Answer, ApiDependencies } from './answer.ts';
import { quarantinedNow } from '../session/session-end.ts';

export const deviceReport =
	({ store, deviceReports, noticed, policies, registrar, cuts }: ApiDependencies): Answer<'device.report'> =>
	async (report, { principal }, caller) => {
		// The rule lets only holders of certificates call.
		assert(principal !== null && caller.kind === 'certificate');
		const shown = await store.certificate(Uint8Array.from(Buffer.from(caller.fingerprint, 'hex')));
		const said = { attested: shown?.evidence.proof === 'attested', report };
		const before = deviceReports.of(principal.application, principal.id);
		const opened = report.tamper.filter((one) => one.opened).map(({ name }) => name);
		if (opened.length === 0) {
			deviceReports.said(principal, said);
			return {};
		}
		const seen = `its case was opened: ${opened.join(', ')}`;
		// EDR 3.11 RE(1): kept before it is acknowledged, because the device forgets it then.
		await noticed({ detector: 'tamper', device: principal, seen, times: 1, evidence: [] });
		// Once for each opening: an operator who releases it meanwhile is not overruled.
		const known = before?.report.tamper.filter((one) => one.opened).map(({ name }) => name) ?? [];
		const policy = policies.policyOf(principal.application);
		const { class: className = null } = (await store.principal(principal)) ?? {};
		const isKeptOut = policy?.mode === 'enforce' && policy.devices.get(className ?? '')?.onTamper === 'quarantine';
		if (isKeptOut && opened.some((name) => !known.includes(name)))
			await cuts.of(principal, quarantinedNow, () => registrar.quarantine(principal));
		// Only now: said again after an error or a crash, it is an opening that nothing came of yet.
		deviceReports.said(principal, said);
		return {};
	};
