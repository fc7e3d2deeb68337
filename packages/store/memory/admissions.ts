import { Problem } from '@keyward/core';
import { mayUseCertificate, principalKey } from '@keyward/core/device';
import type { AdmissionStore } from '@keyward/core/port';
import { heldMeanwhile, isHeldByOthers } from '../rules/conflict.ts';
import { endedMeanwhile } from '../rules/ended.ts';
import { hex, type RegistryState } from './registry-state.ts';

export const memoryAdmissions = (registry: RegistryState): AdmissionStore => {
	const { principals, tokens, intents, certificates, open, voidTokens, voidTokensOf, holders, move } = registry;
	return {
		token: async (hash) => structuredClone(tokens.get(hex(hash)) ?? null),
		tokensAreHashes: async () => [...tokens.values()].every(({ hash }) => hash.length === 32),
		voidTokens: async () => voidTokens(() => true),
		intend: async (intent, known = []) => {
			const { principal, key, by, serial } = intent;
			const refuseShared = (): void => {
				if (isHeldByOthers(holders(key), principal, known)) throw heldMeanwhile(principal);
			};
			if (intents.has(serial)) throw new Problem('store-failed', `The serial number ${serial} was used.`);
			if ('token' in by) {
				const token = tokens.get(hex(by.token));
				if (!token || principalKey(token.principal) !== principalKey(principal)) {
					throw new Problem('token-unknown', `No such token was made for the ${principal.kind} ${principal.id}.`);
				}
				if (token.spentFor && hex(token.spentFor) !== hex(key)) {
					throw new Problem(
						'token-spent',
						`The token of the ${principal.kind} ${principal.id} was spent for another key.`,
					);
				}
				if (principals.get(principalKey(principal))?.state !== 'expected') throw endedMeanwhile(principal);
				refuseShared();
				tokens.set(hex(by.token), { ...token, spentFor: key.slice() });
			} else {
				const certificate = certificates.get(hex(by.certificate));
				const good = certificate?.revoked === null && principalKey(certificate.principal) === principalKey(principal);
				const state = principals.get(principalKey(principal))?.state;
				if (!good || state === undefined || !mayUseCertificate(state)) throw endedMeanwhile(principal);
				refuseShared();
			}
			intents.set(serial, { intent: structuredClone(intent), state: 'open' });
			if ('certificate' in by) move(principal, 'renew', intent.at);
		},
		openIntents: async () => structuredClone(open()),
		issue: async (certificate) => {
			const { serial, principal, key } = certificate;
			if (certificates.has(hex(certificate.fingerprint))) return;
			const { intent, state } = intents.get(serial) ?? {};
			const same = intent && principalKey(intent.principal) === principalKey(principal) && hex(intent.key) === hex(key);
			if (same && state === 'abandoned') throw endedMeanwhile(principal);
			if (!same || state !== 'open') {
				throw new Problem('store-failed', `No open intent asks for the certificate ${serial} of ${principal.id}.`);
			}
			intents.set(serial, { intent, state: 'issued' });
			certificates.set(hex(certificate.fingerprint), structuredClone(certificate));
			const renewed = 'certificate' in intent.by ? certificates.get(hex(intent.by.certificate)) : null;
			const sameKey = renewed && hex(renewed.key) === hex(key);
			move(principal, renewed === null ? 'certify' : sameKey ? 'renewed' : 're-key', intent.at);
			voidTokensOf(principal);
		},
		abandon: async (serial) => {
			const known = intents.get(serial);
			if (known?.state !== 'open') return;
			intents.set(serial, { ...known, state: 'abandoned' });
			move(known.intent.principal, 'give-up', known.intent.at);
		},
	};
};
