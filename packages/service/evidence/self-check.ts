import type { Instant, Milliseconds } from '@keyward/core';
import { judgeRead, judgeSession } from '@keyward/core/authorize';
import { decodePack, encodeRecord, encodeSenmlJson, judgeIdentity, judgeRecord } from '@keyward/core/observe';
import { type Fact, type Policy, type RequirementId, serviceComponent } from '@keyward/core/policy';
import { Problem } from '@keyward/core';

/**
 * What the service can show of itself for an application: each judgement that its doors ask is asked here too, with input
 * that it must refuse. A judgement that would let it in is a fact as well, and a bad one. `longestSweep` is how long a right
 * that time ended may have stood.
 */
export const selfCheck = (
	policy: Policy,
	fence: (session: number) => unknown,
	longestSweep: Milliseconds,
	now: Instant,
): Fact[] => {
	const fact = (claim: RequirementId, value: Fact['value']): Fact => ({
		subject: serviceComponent,
		claim,
		value,
		strength: 'observed',
		source: `self-check of ${policy.application}`,
		at: now,
	});
	const refuses = (claim: RequirementId, refused: boolean): Fact =>
		fact(claim, refused ? true : 'let in what it must refuse');
	return [
		refuses('deny-by-default', refusesStranger(policy, now)),
		refuses('own-streams-only', fence(-1) !== null && refusesForeignName(policy, now)),
		refuses('replay-refused', refusesReplay()),
		refuses('input-refused', refusesMalformed()),
		...(policy.parameters['data-minimised'] === null ? [] : [refuses('data-minimised', refusesExtra(policy, now))]),
		fact('live-revocation', longestSweep),
	];
};

const stranger = { kind: 'reader', application: '', id: 'nobody' } as const;

const refusesStranger = (policy: Policy, now: Instant): boolean => {
	const { application } = policy;
	const name = { application, device: 'nothing', stream: [...policy.streams.keys()][0] ?? 'nothing' };
	const link = { protocol: 'TLSv1.3', groups: 'any' } as const;
	return (
		!judgeRead({ ...stranger, application }, name, policy, [], now).allowed &&
		judgeSession({ certificate: null, principal: null, policy, link, issuerCounts: true }, now).refusals.length > 0
	);
};

const record = (policy: Policy, now: Instant) => {
	const [terms] = policy.streams.values();
	const time = Math.floor(now);
	return terms === undefined
		? null
		: {
				terms,
				record: { name: `probe/${terms.name}`, unit: terms.unit, time, value: terms.range?.[0] ?? 0, extra: false },
			};
};

const refusesForeignName = (policy: Policy, now: Instant): boolean => {
	const made = record(policy, now);
	if (made === null) return true;
	const { terms, record: good } = made;
	return (
		judgeRecord(good, 'another', terms, policy.parameters, now)?.code === 'reading-name' &&
		judgeRecord(good, 'probe', terms, policy.parameters, now) === null
	);
};

const refusesReplay = (): boolean => {
	const stored = encodeRecord({ value: 1, unit: 'Cel' });
	const again = judgeIdentity(stored, encodeRecord({ value: 1, unit: 'Cel' }));
	const other = judgeIdentity(encodeRecord({ value: 2, unit: 'Cel' }), stored);
	return again === 'known' && typeof other === 'object';
};

const refusesMalformed = (): boolean => {
	const good = encodeSenmlJson([{ name: 'probe/temperature', unit: 'Cel', time: 1_790_000_000_000, value: 1 }]);
	const throws = (bytes: Uint8Array): boolean => {
		try {
			return decodePack(bytes).every((one) => one instanceof Problem);
		} catch (error) {
			return error instanceof Problem;
		}
	};
	return !throws(good) && throws(good.subarray(0, good.length - 1)) && throws(new Uint8Array());
};

const refusesExtra = (policy: Policy, now: Instant): boolean => {
	const made = record(policy, now);
	return (
		made === null || judgeRecord({ ...made.record, extra: true }, 'probe', made.terms, policy.parameters, now) !== null
	);
};
