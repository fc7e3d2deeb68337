import assert from 'node:assert/strict';
import { operations } from '@keyward/contract';
import { Problem } from '@keyward/core';
import type { Answer, ApiDependencies } from './answer.ts';

export const sessionList =
	({ people, store }: ApiDependencies): Answer<'session.list'> =>
	async () => {
		const roles = new Map((await store.people()).map(({ name, role }) => [name, role]));
		await people.sessions.forget();
		return people.sessions.list().map(({ number, person, opened, seen, ends, locked, step, from, browser }) => ({
			...{ number, person, opened, seen, ends, locked, step, from, browser, hardware: step === 'passkey-hardware' },
			role: roles.get(person) ?? null,
		}));
	};

export const sessionEnd =
	({ people }: ApiDependencies): Answer<'session.end'> =>
	async ({ number }) => {
		if (!(await people.sessions.end(number)))
			throw new Problem('session-unknown', `No session ${number} is open: keyward session list.`);
		return { ended: 1 };
	};

export const sessionSelf =
	(_: ApiDependencies): Answer<'session.self'> =>
	async (__, { person, until }) => {
		assert(person !== undefined);
		const { name, role } = person;
		const may = Object.values(operations).filter(({ callers }) =>
			callers.some((rule) => rule.kind === 'person' && rule.role === role),
		);
		return { person: name, role, until, may: may.map((operation) => operation.name) };
	};
