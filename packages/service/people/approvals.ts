import { hash } from 'node:crypto';
import { type Instant, type Milliseconds, minutes, Problem } from '@keyward/core';
import type { Clock } from '@keyward/core/port';

/** How long a request waits for a second person. */
const WAITS: Milliseconds = minutes(60);
/** How long what was approved may be done. */
const STANDS: Milliseconds = minutes(15);
/** CR 7.1: that wait at a time. */
const ALL = 100;

/** A call that takes two people. */
export interface ApprovalRequest {
	readonly number: number;
	readonly operation: string;
	/** Who called. */
	readonly asks: string;
	readonly at: Instant;
	readonly expires: Instant;
	readonly approvedBy: string | null;
	/** SHA-256 of operation and input, hex: another input is another call. */
	readonly digest: string;
	/** As the audit log would have it. */
	readonly input: string;
}

export interface Override {
	readonly who: string;
	readonly until: Instant;
	readonly reason: string;
}

/** Second people's approvals (CR 2.1 RE(4)) and overrides (RE(3)). They end with the process; the audit log stays. */
export interface Approvals {
	/** The number of the request; of the same call by the same caller, the same. Throws `Problem('service-busy')`. */
	request(call: Pick<ApprovalRequest, 'operation' | 'asks' | 'digest' | 'input'>): number;
	/** Who approved this call for this caller; null when nobody did, or too long ago. */
	approvedBy(asks: string, digest: string): string | null;
	/** It was done: another takes another approval. */
	spend(asks: string, digest: string): void;
	find(number: number): ApprovalRequest | null;
	/** Throws `Problem('approval-unknown')`. */
	decide(number: number, by: string, approve: boolean): ApprovalRequest;
	list(): ApprovalRequest[];
	override(who: string, span: Milliseconds, reason: string): Override;
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

export const createApprovals = (clock: Clock): Approvals => {
	const requests = new Map<number, ApprovalRequest>();
	const overrides = new Map<string, Override>();
	let last = 0;

	const standing = (): ApprovalRequest[] => {
		const now = clock.now();
		for (const { number, expires } of requests.values()) if (expires <= now) requests.delete(number);
		return [...requests.values()];
	};
	const of = (asks: string, digest: string): ApprovalRequest | undefined =>
		standing().find((one) => one.asks === asks && one.digest === digest);
	const standingOverrides = (): Override[] => {
		const now = clock.now();
		for (const { who, until } of overrides.values()) if (until <= now) overrides.delete(who);
		return [...overrides.values()];
	};
	const find = (number: number): ApprovalRequest | null => standing().find((one) => one.number === number) ?? null;

	return {
		request: ({ operation, asks, digest, input }) => {
			const known = of(asks, digest);
			if (known !== undefined) return known.number;
			if (requests.size >= ALL)
				throw new Problem('service-busy', `${ALL} requests wait for a second person: decide about some first.`);
			const now = clock.now();
			const number = ++last;
			requests.set(number, {
				...{ number, operation, asks, digest, input, at: now },
				...{ expires: now + WAITS, approvedBy: null },
			});
			return number;
		},
		approvedBy: (asks, digest) => of(asks, digest)?.approvedBy ?? null,
		spend: (asks, digest) => {
			const known = of(asks, digest);
			if (known !== undefined) requests.delete(known.number);
		},
		find,
		decide: (number, by, approve) => {
			const request = find(number);
			if (request === null || request.asks === by)
				throw new Problem('approval-unknown', `No request ${number} of another person waits: keyward approval list.`);
			if (!approve) {
				requests.delete(number);
				return request;
			}
			const approved = { ...request, approvedBy: by, expires: clock.now() + STANDS };
			requests.set(number, approved);
			return approved;
		},
		list: standing,
		override: (who, span, reason) => {
			const override = { who, until: clock.now() + span, reason };
			overrides.set(who, override);
			return override;
		},
		overridden: (who) => standingOverrides().some((one) => one.who === who),
		overrides: standingOverrides,
	};
};
