import type { Instant } from '@keyward/core';
import { type LifeEvent, nextState, principalKey } from '@keyward/core/device';
import type {
	CertificateOrigin,
	Intent,
	IssuedCertificate,
	Principal,
	PrincipalName,
	RegisteredKey,
	Revocation,
	RevokedCertificate,
	Token,
} from '@keyward/core/port';

/** Bytes as a map's key, and for comparing. */
export const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');
export const of = <T extends { readonly application: string }>(
	all: Iterable<T>,
	application: string | undefined,
): T[] => [...all].filter((each) => application === undefined || each.application === application);

/** What principals, admissions and certificates have in common. */
export type RegistryState = ReturnType<typeof registryState>;

export const registryState = () => {
	const principals = new Map<string, Principal>();
	const tokens = new Map<string, Token>();
	const intents = new Map<string, { readonly intent: Intent; readonly state: 'open' | 'issued' | 'abandoned' }>();
	const certificates = new Map<string, IssuedCertificate>();
	/** Of those that another CA issued. */
	const origins = new Map<string, CertificateOrigin>();

	/** `of`: the principal's key in `principals`. */
	const keys: (RegisteredKey & { readonly of: string; ended: boolean })[] = [];

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
	/** Every principal that holds, held or has an open intent for a key. */
	const holders = (key: Uint8Array): PrincipalName[] => {
		const held = [...certificates.values(), ...open()].filter((each) => hex(each.key) === hex(key));
		const names = new Map(held.map(({ principal }) => [principalKey(principal), principal]));
		return [...names].toSorted(([a], [b]) => (a < b ? -1 : 1)).map(([, name]) => structuredClone(name));
	};

	/** Moves the principal where the lifecycle lets it; where it does not, somebody decided otherwise meanwhile. */
	const move = (name: PrincipalName, event: LifeEvent, at: Instant): void => {
		const known = principals.get(principalKey(name));
		const state = known && nextState(known.state, event);
		if (state) principals.set(principalKey(name), { ...known, state, at });
	};

	return {
		...{ principals, tokens, intents, certificates, origins, keys },
		...{ open, voidTokens, voidTokensOf, endAdmissions, revokeThose, holders, move },
	};
};
