import { Problem } from '@keyward/core';
import { mayUseCertificate, nextState, principalKey } from '@keyward/core/device';
import type { Fact } from '@keyward/core/policy';
import type {
	Principal,
	PrincipalName,
	PrincipalStore,
	Revocation,
	RevokedCertificate,
	Token,
} from '@keyward/core/port';
import { movedMeanwhile } from '../rules/conflict.ts';
import { cannotEnd, endedBy, expectedAlready, unknownPrincipal } from '../rules/ended.ts';
import { hex, of, type RegistryState } from './registry-state.ts';

export const memoryPrincipals = (
	registry: RegistryState,
	putFacts: (facts: readonly Fact[]) => void,
): PrincipalStore => {
	const { principals, tokens, certificates, keys, endAdmissions, revokeThose, move } = registry;

	/** Everything is looked at before anything is changed. */
	const mayExpect = (principal: Principal, token: Token): void => {
		const before = principals.get(principalKey(principal))?.state;
		if (before !== undefined && nextState(before, 'expect') === null) {
			throw expectedAlready(principal, before);
		}
		const known = tokens.get(hex(token.hash));
		const freed = known && principalKey(known.principal) === principalKey(principal);
		if (known && !freed) throw new Problem('store-failed', 'This token was made before.');
	};
	const expect = (principal: Principal, token: Token): void => {
		endAdmissions(principal);
		for (const key of keys) if (key.of === principalKey(principal)) key.ended = true;
		principals.set(principalKey(principal), structuredClone(principal));
		tokens.set(hex(token.hash), structuredClone(token));
	};
	const mayEnd = (name: PrincipalName, event: 'retire' | 'transfer'): void => {
		const known = principals.get(principalKey(name));
		if (!known) throw unknownPrincipal(name);
		if (nextState(known.state, event) === null && !endedBy(known.state, event)) throw cannotEnd(known, event);
	};
	const end = (name: PrincipalName, event: 'retire' | 'transfer', revocation: Revocation): RevokedCertificate[] => {
		move(name, event, revocation.at);
		endAdmissions(name);
		return revokeThose(name, () => true, revocation);
	};

	return {
		expect: async (principal, token) => {
			mayExpect(principal, token);
			expect(principal, token);
		},
		principal: async (name) => structuredClone(principals.get(principalKey(name)) ?? null),
		principals: async (application) => structuredClone(of(principals.values(), application)),
		setState: async (name, from, to, at) => {
			const known = principals.get(principalKey(name));
			if (!known) throw unknownPrincipal(name);
			if (known.state !== from) throw movedMeanwhile(name, from, known.state);
			principals.set(principalKey(name), { ...known, state: to, at });
		},
		retire: async (name, revocation, facts = []) => {
			mayEnd(name, 'retire');
			putFacts(facts);
			return end(name, 'retire', revocation);
		},
		transfer: async (name, { principal, token }, revocation) => {
			mayEnd(name, 'transfer');
			mayExpect(principal, token);
			const revoked = end(name, 'transfer', revocation);
			expect(principal, token);
			return revoked;
		},
		supersede: async (name, key, revocation) => {
			const known = principals.get(principalKey(name));
			if (!known || !mayUseCertificate(known.state)) return [];
			move(name, 'connect', revocation.at);
			return revokeThose(name, (each) => hex(each.key) !== hex(key), revocation);
		},
		hasOtherKeys: async (name, key) =>
			[...certificates.values()].some(
				(each) =>
					each.revoked === null && principalKey(each.principal) === principalKey(name) && hex(each.key) !== hex(key),
			),
	};
};
