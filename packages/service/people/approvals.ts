import { hash } from 'node:crypto';
import { type Milliseconds, minutes, Problem } from '@keyward/core';
import type { ApprovalRequest, Clock, NumberStore, Override, PersonSessionStore } from '@keyward/core/port';

/** How long a request waits for a second person. */
const WAITS: Milliseconds = minutes(60);
/** How long what was approved may be done. */
const STANDS: Milliseconds = minutes(15);
/** CR 7.1: that wait at a time. */
const ALL = 100;

/**
 * Second people's approvals (CR 2.1 RE(4)) and overrides (RE(3)). They outlive a restart; what a promise says is durable when it
 * resolves.
 */
export interface Approvals {
	/** The number of the request; of the same call by the same caller, the same. Throws `Problem('service-busy')`. */
	request(call: Pick<ApprovalRequest, 'operation' | 'asks' | 'digest' | 'input'>): Promise<number>;
	/** Who approved this call for this caller; null when nobody did, or too long ago. */
	approvedBy(asks: string, digest: string): string | null;
	/**
	 * Before it is done: gone at once for the next call, and for good when the promise resolves, so that no crash gives it back. False:
	 * nobody approved it, or another call was first.
	 */
	spend(asks: string, digest: string): Promise<boolean>;
	find(number: number): ApprovalRequest | null;
	/** Throws `Problem('approval-unknown')`. */
	decide(number: number, by: string, approve: boolean): Promise<ApprovalRequest>;
	/** Somebody is no longer who they were: what they asked and approved falls. */
	forgetOf(who: string): Promise<void>;
	list(): ApprovalRequest[];
	override(who: string, span: Milliseconds, reason: string): Promise<Override>;
	overridden(who: string): boolean;
	overrides(): Override[];
}

const sorted = (value: unknown): unknown =>
	Array.isArray(value)
		? value.map(sorted)
		: typeof value === 'object' && value !== null
			? Object.entries(value)
					.toSorted(([a], [b]) => (a < b ? -1 : 1))
					.map(([name, one]) => [name, sorted(one)])
			: value;

/** Of one call: the order of an input's fields says nothing. */
export const digestOf = (operation: string, input: unknown): string =>
	hash('sha256', JSON.stringify([operation, sorted(input)]), 'hex');

export const openApprovals = async (store: PersonSessionStore & NumberStore, clock: Clock): Promise<Approvals> => {
	const requests = new Map((await store.approvalRequests()).map((one) => [one.number, one]));
	const overrides = new Map((await store.overrides()).map((one) => [one.who, one]));

	const standing = (): ApprovalRequest[] => {
		const now = clock.now();
		return [...requests.values()].filter(({ expires }) => expires > now);
	};
	const of = (asks: string, digest: string): ApprovalRequest | undefined =>
		standing().find((one) => one.asks === asks && one.digest === digest);
	const standingOverrides = (): Override[] => {
		const now = clock.now();
		return [...overrides.values()].filter(({ until }) => until > now);
	};
	const find = (number: number): ApprovalRequest | null => standing().find((one) => one.number === number) ?? null;
	const drop = async (over: readonly number[]): Promise<void> => {
		for (const number of over) requests.delete(number);
		if (over.length > 0) await store.dropApprovalRequests(over);
	};

	return {
		request: async ({ operation, asks, digest, input }) => {
			const now = clock.now();
			await drop([...requests.values()].filter(({ expires }) => expires <= now).map(({ number }) => number));
			const known = of(asks, digest);
			if (known !== undefined) return known.number;
			if (requests.size >= ALL)
				throw new Problem('service-busy', `${ALL} requests wait for a second person: decide about some first.`);
			const number = await store.takeNumber('approval', 0);
			const meanwhile = of(asks, digest);
			if (meanwhile !== undefined) return meanwhile.number;
			const request = {
				...{ number, operation, asks, digest, input, at: now },
				...{ expires: now + WAITS, approvedBy: null },
			};
			await store.putApprovalRequest(request);
			requests.set(number, request);
			return number;
		},
		approvedBy: (asks, digest) => of(asks, digest)?.approvedBy ?? null,
		spend: async (asks, digest) => {
			const known = of(asks, digest);
			if (known === undefined || known.approvedBy === null) return false;
			await drop([known.number]);
			return true;
		},
		find,
		decide: async (number, by, approve) => {
			const request = find(number);
			if (request === null || request.asks === by)
				throw new Problem('approval-unknown', `No request ${number} of another person waits: keyward approval list.`);
			if (!approve) {
				await drop([number]);
				return request;
			}
			const approved = { ...request, approvedBy: by, expires: clock.now() + STANDS };
			await store.putApprovalRequest(approved);
			// Refused or used by another call meanwhile: it stays so.
			if (!requests.has(number)) await drop([number]);
			else requests.set(number, approved);
			return approved;
		},
		forgetOf: (who) =>
			drop(
				[...requests.values()]
					.filter(({ asks, approvedBy }) => asks === who || approvedBy === who)
					.map(({ number }) => number),
			),
		list: standing,
		override: async (who, span, reason) => {
			const now = clock.now();
			const override = { who, until: now + span, reason };
			await store.putOverride(override, now);
			overrides.set(who, override);
			return override;
		},
		overridden: (who) => standingOverrides().some((one) => one.who === who),
		overrides: standingOverrides,
	};
};
