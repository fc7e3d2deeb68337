import { Problem } from '@keyward/core';
import type { Instant } from '@keyward/core';
import { type LifeEvent, mayUseCertificate, nextState, principalKey } from '@keyward/core/device';
import type { Fact } from '@keyward/core/policy';
import { cannotEnd, endedBy, endedMeanwhile } from '../ended.ts';
import type {
	Grant,
	Intent,
	IssuedCertificate,
	PolicyEpoch,
	Principal,
	PrincipalName,
	RegistryStore,
	Revocation,
	RevokedCertificate,
	Token,
} from '@keyward/core/port';

/** Bytes as a map's key, and for comparing. */
const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');
const of = <T extends { readonly application: string }>(all: Iterable<T>, application: string | undefined): T[] =>
	[...all].filter((each) => application === undefined || each.application === application);

/** Values are kept and given as copies, so that nobody changes the store by changing what it gave. */
export const memoryRegistry = (): RegistryStore => {
	const principals = new Map<string, Principal>();
	const tokens = new Map<string, Token>();
	const intents = new Map<string, { readonly intent: Intent; readonly state: 'open' | 'issued' | 'abandoned' }>();
	const certificates = new Map<string, IssuedCertificate>();
	const grants = new Map<string, Grant>();
	const policies = new Map<string, PolicyEpoch[]>();
	const facts = new Map<string, Fact>();

	const open = (): Intent[] =>
		[...intents.values()].filter(({ state }) => state === 'open').map(({ intent }) => intent);

	const voidTokens = (which: (principal: PrincipalName) => boolean): number => {
		let count = 0;
		for (const [hash, { spentFor, principal }] of tokens) {
			if (spentFor === null && which(principal) && tokens.delete(hash)) count++;
		}
		return count;
	};
	const voidTokensOf = (name: PrincipalName): number => voidTokens((each) => principalKey(each) === principalKey(name));
	/** What an earlier expectation left ends: tokens, spent or not, and intents that are open. */
	const endAdmissions = (name: PrincipalName): void => {
		for (const [hash, { principal }] of tokens) if (principalKey(principal) === principalKey(name)) tokens.delete(hash);
		for (const [serial, each] of intents)
			if (each.state === 'open' && principalKey(each.intent.principal) === principalKey(name))
				intents.set(serial, { ...each, state: 'abandoned' });
	};
	const revokeThose = (
		name: PrincipalName,
		which: (certificate: IssuedCertificate) => boolean,
		revocation: Revocation,
	): RevokedCertificate[] => {
		const { at, cause, reason } = revocation;
		return [...certificates].flatMap(([fingerprint, each]) => {
			if (each.revoked !== null || principalKey(each.principal) !== principalKey(name) || !which(each)) return [];
			certificates.set(fingerprint, { ...each, revoked: { at, cause, reason } });
			const { serial, notAfter, der } = each;
			return [{ serial, notAfter, der: der.slice(), revoked: { at, cause, reason } }];
		});
	};
	const unknown = ({ kind, id, application }: PrincipalName): Problem =>
		new Problem(`${kind}-unknown`, `There is no ${kind} ${id} in ${application}.`);

	/** Moves the principal where the lifecycle lets it; where it does not, somebody decided otherwise meanwhile. */
	const move = (name: PrincipalName, event: LifeEvent, at: Instant): void => {
		const known = principals.get(principalKey(name));
		const state = known && nextState(known.state, event);
		if (state) principals.set(principalKey(name), { ...known, state, at });
	};

	return {
		expect: async (principal, token) => {
			const { kind, id } = principal;
			const before = principals.get(principalKey(principal))?.state;
			if (before !== undefined && nextState(before, 'expect') === null) {
				throw new Problem(
					'device-exists',
					`The ${kind} ${id} is ${before} already. Retire it before it is expected anew.`,
				);
			}
			const hash = hex(token.hash);
			const known = tokens.get(hash);
			const freed = known && principalKey(known.principal) === principalKey(principal);
			if (known && !freed) throw new Problem('store-failed', 'This token was made before.');
			endAdmissions(principal);
			principals.set(principalKey(principal), structuredClone(principal));
			tokens.set(hash, structuredClone(token));
		},
		principal: async (name) => structuredClone(principals.get(principalKey(name)) ?? null),
		principals: async (application) => structuredClone(of(principals.values(), application)),
		setState: async (name, state, at) => {
			const known = principals.get(principalKey(name));
			if (!known) throw unknown(name);
			principals.set(principalKey(name), { ...known, state, at });
		},
		end: async (name, event, revocation) => {
			const known = principals.get(principalKey(name));
			if (!known) throw unknown(name);
			const state = nextState(known.state, event);
			if (state) principals.set(principalKey(name), { ...known, state, at: revocation.at });
			else if (!endedBy(known.state, event)) throw cannotEnd(known, event);
			endAdmissions(name);
			return revokeThose(name, () => true, revocation);
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

		token: async (hash) => structuredClone(tokens.get(hex(hash)) ?? null),
		voidTokens: async () => voidTokens(() => true),
		intend: async (intent) => {
			const { principal, key, by, serial } = intent;
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
				tokens.set(hex(by.token), { ...token, spentFor: key.slice() });
			} else {
				const certificate = certificates.get(hex(by.certificate));
				const good = certificate?.revoked === null && principalKey(certificate.principal) === principalKey(principal);
				const state = principals.get(principalKey(principal))?.state;
				if (!good || state === undefined || !mayUseCertificate(state)) throw endedMeanwhile(principal);
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

		certificate: async (fingerprint) => structuredClone(certificates.get(hex(fingerprint)) ?? null),
		certificates: async (name) =>
			structuredClone([...certificates.values()].filter((each) => principalKey(each.principal) === principalKey(name))),
		holders: async (key) => {
			const held = [...certificates.values(), ...open()].filter((each) => hex(each.key) === hex(key));
			const names = new Map(held.map(({ principal }) => [principalKey(principal), principal]));
			return [...names].toSorted(([a], [b]) => (a < b ? -1 : 1)).map(([, name]) => structuredClone(name));
		},
		certificateBySerial: async (serial) =>
			structuredClone([...certificates.values()].find((each) => each.serial === serial) ?? null),
		revoked: async (application, endingAfter) =>
			[...certificates.values()].flatMap(({ principal, serial, notAfter, der, revoked }) =>
				principal.application === application && revoked !== null && notAfter > endingAfter
					? [{ serial, notAfter, der: der.slice(), revoked: { ...revoked } }]
					: [],
			),
		revoke: async (fingerprint, { at, cause, reason }) => {
			const known = certificates.get(hex(fingerprint));
			if (!known) throw new Problem('certificate-unknown', 'No such certificate was issued here.');
			if (!known.revoked) certificates.set(hex(fingerprint), { ...known, revoked: { at, cause, reason } });
		},

		putGrant: async (grant) => {
			if (grants.has(grant.id)) throw new Problem('store-failed', `The grant ${grant.id} exists.`);
			grants.set(grant.id, structuredClone(grant));
		},
		endGrant: async (id, at) => {
			const grant = grants.get(id);
			if (!grant || grant.ended !== null) return false;
			grants.set(id, { ...grant, ended: at });
			return true;
		},
		grants: async (application) => structuredClone(of(grants.values(), application)),

		putPolicy: async (application, text, at) => {
			const epochs = policies.get(application) ?? [];
			const made: PolicyEpoch = { application, epoch: epochs.length + 1, text, at };
			policies.set(application, [...epochs, made]);
			return structuredClone(made);
		},
		policies: async () => {
			const newest = [...policies.values()].flatMap((epochs) => epochs.slice(-1));
			return structuredClone(newest.toSorted((a, b) => (a.application < b.application ? -1 : 1)));
		},

		putFacts: async (added) => {
			for (const fact of structuredClone(added)) {
				const { application, kind, id } = fact.subject;
				facts.set(JSON.stringify([application, kind, id, fact.claim, fact.source]), fact);
			}
		},
		facts: async (application) =>
			structuredClone(
				[...facts.values()].filter((each) => application === undefined || each.subject.application === application),
			),
	};
};
