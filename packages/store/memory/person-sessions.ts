import type { ApprovalRequest, Override, PersonSessionStore, StoredPersonSession } from '@keyward/core/port';

/** With what ends them together: a person that is removed, and a restore. */
export const memoryPersonSessions = (): {
	readonly port: PersonSessionStore;
	endOf(person: string): void;
	endAll(): void;
} => {
	const sessions = new Map<number, StoredPersonSession>();
	const requests = new Map<number, ApprovalRequest>();
	const overrides = new Map<string, Override>();
	const sorted = <Row extends { readonly number: number }>(rows: ReadonlyMap<number, Row>): Row[] =>
		[...rows.values()].toSorted((a, b) => a.number - b.number);
	return {
		endOf: (person) => {
			for (const one of sessions.values()) if (one.person === person) sessions.delete(one.number);
		},
		endAll: () => [sessions, requests, overrides].forEach((all) => all.clear()),
		port: {
			personSessions: async () => sorted(sessions),
			putPersonSession: async (session) => void sessions.set(session.number, session),
			seePersonSession: async (number, seen) => {
				const session = sessions.get(number);
				if (session !== undefined) sessions.set(number, { ...session, seen });
			},
			dropPersonSessions: async (numbers) => numbers.forEach((one) => sessions.delete(one)),
			approvalRequests: async () => sorted(requests),
			putApprovalRequest: async (request) => void requests.set(request.number, request),
			dropApprovalRequests: async (numbers) => numbers.forEach((one) => requests.delete(one)),
			overrides: async () => [...overrides.values()].toSorted((a, b) => (a.who < b.who ? -1 : 1)),
			putOverride: async (override, now) => {
				for (const { who, until } of overrides.values()) if (until <= now) overrides.delete(who);
				overrides.set(override.who, override);
			},
		},
	};
};
