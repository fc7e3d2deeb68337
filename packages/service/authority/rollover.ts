import { mayUseCertificate, principalKey } from '@keyward/core/device';
import { Problem } from '@keyward/core';
import { TOKEN_LIFETIME } from '@keyward/core/enrol';
import { keyThumbprint, readCertificate } from '@keyward/core/format';
import type {
	CertificateStore,
	Clock,
	FactStore,
	IssuedCertificate,
	Principal,
	PrincipalName,
	PrincipalStore,
} from '@keyward/core/port';
import type { Authority } from './authority.ts';
import type { Held } from './generations.ts';
import { type AuthorityName, issuingName } from './inventory.ts';
import type { Caller } from '@keyward/core/authorize';
import type { Observations } from '../evidence/observations.ts';

/** How the site's CAs are replaced while it runs: what may end, and when. */
export interface Rollover {
	/** Notes who fetched the CA certificates: from then on it knows the newest service CA. */
	fetched(caller: Caller): Promise<void>;
	/** Everybody with a good certificate who has not fetched the newest service CA, and would be cut off by its predecessor's end. */
	uninformed(): Promise<PrincipalName[]>;
	/** Throws `Problem('ca-needed')` while somebody would be cut off, unless told to. */
	activate(force: boolean): Promise<void>;
	retire(name: AuthorityName, number: number, force: boolean): Promise<void>;
	/**
	 * Gives an application a new issuing CA. One that certified nobody yet, as a request that was cut short leaves it, is the new one:
	 * else the way back would lead to it, and not to the CA that the devices had. Throws as `Authority.roll`.
	 */
	renewIssuing(application: string): Promise<void>;
	/** Ends the generations that nobody needs any more; gives them. */
	retireUnneeded(): Promise<{ readonly name: AuthorityName; readonly number: number }[]>;
}

export const createRollover = (
	store: CertificateStore & PrincipalStore & FactStore,
	authority: Authority,
	observations: Observations,
	clock: Clock,
): Rollover => {
	const newestServiceCa = (): Held | undefined => authority.held('service-ca').at(-1);
	/** The evidence that somebody knows a service CA is a fact of this source. */
	const sourceOf = ({ certificate }: Held): string =>
		`service-ca ${Buffer.from(keyThumbprint(certificate.publicKey)).toString('hex').slice(0, 16)}`;

	const goodCertificates = async (principal: Principal): Promise<IssuedCertificate[]> =>
		(await store.certificates(principal)).filter(({ notAfter, revoked }) => revoked === null && clock.now() < notAfter);

	const uninformed = async (): Promise<PrincipalName[]> => {
		const newest = newestServiceCa();
		if (newest === undefined) return [];
		await observations.flush();
		const source = sourceOf(newest);
		const informed = new Set(
			(await store.facts()).filter((fact) => fact.source === source).map(({ subject }) => principalKey(subject)),
		);
		const found: PrincipalName[] = [];
		for (const principal of await store.principals()) {
			if (!mayUseCertificate(principal.state) || informed.has(principalKey(principal))) continue;
			if ((await goodCertificates(principal)).length === 0) continue;
			const { kind, application, id } = principal;
			found.push({ kind, application, id });
		}
		return found;
	};

	/** True for the certificates that need this generation: those by it, or, of a root, those from before its successor. */
	const needs = (name: AuthorityName, { certificate: ca }: Held) => {
		if (name !== 'site-root')
			return ({ der }: IssuedCertificate): boolean =>
				Buffer.compare(readCertificate(der).issuerName, ca.subjectName) === 0;
		const { since } = authority.held(name).find(({ generation }) => generation.state === 'active')?.generation ?? {
			since: clock.now(),
		};
		return ({ notBefore }: IssuedCertificate): boolean => notBefore < since;
	};

	/** Why the generation cannot end yet, in words; null when nobody needs it. */
	const neededBy = async (name: AuthorityName, held: Held): Promise<string | null> => {
		if (name === 'service-ca') {
			const lasting = await uninformed();
			if (lasting.length > 0) return said(lasting);
			// Strings that were given out carry the former CA's hash, and are good until then.
			const { since } = held.generation;
			return held.generation.state === 'outgoing' && clock.now() < since + TOKEN_LIFETIME
				? 'Commissioning strings that were given out before the change are good for a day.'
				: null;
		}
		const isNeeding = needs(name, held);
		const application = name === 'site-root' ? undefined : name.slice('issuing.'.length);
		const needing: PrincipalName[] = [];
		for (const principal of await store.principals(application))
			if ((await goodCertificates(principal)).some(isNeeding)) needing.push(principal);
		return needing.length === 0 ? null : said(needing);
	};

	const outgoing = (): { name: AuthorityName; held: Held }[] =>
		authority
			.names()
			.flatMap((name) => authority.held(name).map((held) => ({ name, held })))
			.filter(({ held }) => held.generation.state === 'outgoing');

	return {
		fetched: async (caller) => {
			const newest = newestServiceCa();
			if (caller.kind !== 'certificate' || newest === undefined || newest.generation.number === 1) return;
			const certificate = await store.certificate(new Uint8Array(Buffer.from(caller.fingerprint, 'hex')));
			if (certificate === null || certificate.revoked !== null) return;
			observations.see({
				subject: certificate.principal,
				claim: 'service-authentication',
				value: true,
				// That it keeps what it fetched is its own word.
				strength: 'claimed',
				source: sourceOf(newest),
				at: clock.now(),
				until: certificate.notAfter,
			});
		},
		uninformed,
		activate: async (force) => {
			// What is not announced nobody can have fetched.
			if (newestServiceCa()?.generation.state !== 'announced') return authority.activate('service-ca');
			const lasting = await uninformed();
			if (lasting.length > 0 && !force)
				throw new Problem(
					'ca-needed',
					`${said(lasting)} They fetch it within a day of being online; or go on with --force.`,
				);
			await authority.activate('service-ca');
		},
		retire: async (name, number, force) => {
			const held = authority.held(name).find(({ generation }) => generation.number === number);
			if (held !== undefined && held.generation.state === 'outgoing' && !force) {
				const reason = await neededBy(name, held);
				if (reason !== null)
					throw new Problem(
						'ca-needed',
						`${reason} It is retired by itself when nobody needs it; or go on with --force.`,
					);
			}
			await authority.retire(name, number);
		},
		renewIssuing: async (application) => {
			const name = issuingName(application);
			// Opens it, where no policy was applied since the start.
			await authority.issuing(application);
			const active = authority.held(name).find(({ generation }) => generation.state === 'active');
			const isFirst = active === undefined || active.generation.number === 1;
			if (!isFirst && (await neededBy(name, active)) === null) return;
			await authority.roll(name, false);
		},
		retireUnneeded: async () => {
			const ended: { name: AuthorityName; number: number }[] = [];
			for (const { name, held } of outgoing()) {
				if ((await neededBy(name, held)) !== null) continue;
				await authority.retire(name, held.generation.number);
				ended.push({ name, number: held.generation.number });
			}
			return ended;
		},
	};
};

/** The first few by name. */
const said = (names: readonly PrincipalName[]): string => {
	const some = names.slice(0, 5).map(({ kind, application, id }) => `${kind} ${application}/${id}`);
	const more = names.length > some.length ? `, and ${names.length - some.length} more` : '';
	return `${some.join(', ')}${more} still need${names.length === 1 ? 's' : ''} the former CA.`;
};
