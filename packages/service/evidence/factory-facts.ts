import type { Instant } from '@keyward/core';
import { type AttestationTrust, evidenceUnder, judgeSideChannel, statementUnder } from '@keyward/core/attest';
import { type DeviceStatement, judgeDebug, openInterfaces } from '@keyward/core/device';
import type { Fact } from '@keyward/core/policy';
import type { CertificateStore, PartStore, Principal, StoredDeviceReport } from '@keyward/core/port';

/** What the manufacturer of a device says of it. */
type Stated = DeviceStatement & { readonly emulated: boolean };

const sourceOf = ({ emulated }: Stated): string => (emulated ? 'manufacturer (emulated part)' : 'manufacturer');

/**
 * catalogue: debug-port-closed. The manufacturer's word counts, and the device's own a little, for as long as nobody says otherwise: what a
 * device says against itself is said to gain nothing, and counts against whatever else speaks for it.
 */
const debugFacts = (subject: Fact['subject'], said: StoredDeviceReport | null, stated: Stated | null): Fact[] => {
	const of = { subject, claim: 'debug-port-closed' } as const;
	const debug = said?.report.debug ?? [];
	const [own, open, at] = [judgeDebug(debug), openInterfaces(debug), said?.at ?? 0];
	if (open !== null)
		return [
			{
				...{ ...of, value: `open, as the device says itself: ${open}`, strength: 'claimed', source: 'device', at },
				againstItself: true,
			},
		];
	const claimed: Fact[] = own === null ? [] : [{ ...of, value: own, strength: 'claimed', source: 'device', at }];
	if (stated === null || stated.debugPort === null) return claimed;
	const value = stated.debugPort === 'closed' || 'open, as its manufacturer says';
	return [...claimed, { ...of, value, strength: 'endorsed', source: sourceOf(stated), at: stated.said }];
};

/** catalogue: side-channel-evidence. */
const sideChannelFacts = (subject: Fact['subject'], stated: Stated | null, now: Instant): Fact[] => {
	if (stated === null) return [];
	const of = { strength: 'endorsed', source: sourceOf(stated), at: stated.said } as const;
	return [{ subject, claim: 'side-channel-evidence', ...judgeSideChannel(stated, now), ...of }];
};

/** What manufacturers say of devices, by the part that the key of each is proven to be in, as far as the site believes them now. */
export const factoryFacts = async (
	store: Pick<CertificateStore, 'certificates'> & Pick<PartStore, 'statementOf'>,
	principals: readonly Principal[],
	said: (application: string, device: string) => StoredDeviceReport | null,
	trust: AttestationTrust,
	now: Instant,
): Promise<Fact[]> => {
	const facts: Fact[] = [];
	for (const principal of principals.filter(({ kind }) => kind === 'device')) {
		const { kind, application, id } = principal;
		const newest = (await store.certificates(principal)).findLast(({ revoked }) => revoked === null);
		const evidence = newest && evidenceUnder(newest.evidence, trust);
		const stated = evidence?.part ? statementUnder(evidence, await store.statementOf(evidence.part), trust) : null;
		const subject = { kind, application, id };
		facts.push(...debugFacts(subject, said(application, id), stated), ...sideChannelFacts(subject, stated, now));
	}
	return facts;
};
