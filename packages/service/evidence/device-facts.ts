import { hours, type Milliseconds } from '@keyward/core';
import type { IncidentSummary } from '@keyward/contract';
import { judgeFunctions } from '@keyward/core/device';
import type { Fact, Policy } from '@keyward/core/policy';
import type { Principal, StoredDeviceReport } from '@keyward/core/port';

/** What is looked up of a device. */
export interface DeviceEvidence {
	said(application: string, device: string): StoredDeviceReport | null;
	/** Oldest first. */
	readonly incidents: readonly IncidentSummary[];
	/** Facts of the application, as the store has them. */
	readonly known: readonly Fact[];
	/** Classes of which every release names all its files, so that a boot that counts ran nothing else (IMA). */
	readonly measured: ReadonlySet<string>;
}

/** A boot that was shown so long before or after a report speaks for who made it. */
const NEAR: Milliseconds = hours(1);

/**
 * RFC 9334 §3.2, layered attestation: the TPM that holds the device's key signed, near that time, that every program and library that ran
 * is of a release. So it is the released agent that speaks, under a key that no other machine has, and its word is an observation.
 */
const isVouchedFor = (
	{ at, attested, report }: StoredDeviceReport,
	{ id, class: className }: Principal,
	{ known, measured }: DeviceEvidence,
): boolean =>
	attested &&
	report.scope === 'machine' &&
	className !== null &&
	measured.has(className) &&
	known.some(
		({ subject, claim, value, strength, at: shown }) =>
			subject.kind === 'device' &&
			subject.id === id &&
			claim === 'boot-verified' &&
			value === 'authentic' &&
			strength === 'attested' &&
			Math.abs(at - shown) <= NEAR,
	);

/**
 * catalogue: tamper-noticed (EDR 3.11). That a device has switches and reports is its own word; that the report of an opened case came
 * here was seen, and a person has closed its incident since. While one is open, nothing is well.
 */
const tamperFacts = (
	{ application, device, at, report }: StoredDeviceReport,
	all: readonly IncidentSummary[],
): Fact[] => {
	const of = { subject: { kind: 'device', application, id: device }, claim: 'tamper-noticed' } as const;
	const incidents = all.filter(
		(one) => one.cause === 'tamper' && one.application === application && one.device === device,
	);
	const open = incidents.find(({ closed }) => closed === null);
	const seen = { ...of, strength: 'observed', source: 'incident' } as const;
	if (open !== undefined) return [{ ...seen, value: `${open.reason}; incident ${open.number} is open`, at }];
	if (report.tamper.length === 0) return [];
	const still = report.tamper.filter(({ opened }) => opened).map(({ name }) => name);
	if (still.length > 0) return [{ ...seen, value: `its case is open: ${still.join(', ')}`, source: 'device', at }];
	const last = incidents.at(-1);
	return [
		{ ...of, value: 'reported', strength: 'claimed', source: 'device', at },
		...(last === undefined ? [] : [{ ...seen, value: 'reported', at: last.last }]),
	];
};

/** What devices' own reports are evidence of. A device that never reported has none. */
export const deviceFacts = (policy: Policy, principals: readonly Principal[], evidence: DeviceEvidence): Fact[] =>
	principals.flatMap((principal): Fact[] => {
		const { kind, application, id, class: className } = principal;
		const said = kind === 'device' ? evidence.said(application, id) : null;
		if (said === null) return [];
		const { report, at } = said;
		const { ports = [], services = [] } = policy.devices.get(className ?? '') ?? {};
		const strength = isVouchedFor(said, principal, evidence) ? 'observed' : 'claimed';
		const source = report.scope === 'machine' ? 'device' : 'device (its program alone)';
		const of = { subject: { kind: 'device', application, id }, strength, source, at } as const;
		return [
			{ ...of, claim: 'least-function', value: judgeFunctions(report, { ports, services }) },
			...tamperFacts(said, evidence.incidents),
		];
	});
