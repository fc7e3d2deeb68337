import { oneOf, type Value } from '@keyward/core/policy';
import { personSteps } from '@keyward/core/port';
import type { IssuerTerms } from './site-file.ts';
import { path, type SiteDocument, words } from './written.ts';

const MOST = 8;
const NAME = 'lower-case letters, digits and hyphens, 1 to 32';

const issuerName = (scalar: unknown): string | null =>
	typeof scalar === 'string' && /^[a-z0-9](?:[a-z0-9-]{0,30}[a-z0-9])?$/.test(scalar) ? scalar : null;

/** OpenID Connect Core 1.0 §2: https, without query and fragment; and as it is written, because it is compared by its letters. */
const address = (written: string): string | null => {
	const url = URL.parse(written);
	const isPlain =
		url !== null && url.protocol === 'https:' && url.username + url.password + url.search + url.hash === '';
	return isPlain && (written === url.href || `${written}/` === url.href) ? written : null;
};

/** The `sign-in` of a site file; empty when there is none. */
export const readIssuers = (site: SiteDocument, value: Value | undefined): readonly IssuerTerms[] => {
	if (value === undefined) return [];
	const { document } = site;
	const items = document.items(value) ?? [];
	if (items.length === 0 || items.length > MOST)
		document.bad(value.offset, `${value.path} must name from 1 to ${MOST} issuers`);
	const found: IssuerTerms[] = [];
	for (const item of items) {
		const needed = ['name', 'issuer', 'client-id', 'secret-file'];
		const members = document.members(item, [...needed, 'ca', 'proves'], needed);
		const at = (key: string): Value | undefined => members?.get(key);
		const [nameAt, issuerAt, clientAt, secretAt, caAt] = ['name', 'issuer', 'client-id', 'secret-file', 'ca'].map(at);
		const name = nameAt && document.scalar(nameAt, NAME, issuerName);
		const written =
			issuerAt && document.scalar(issuerAt, 'an address, such as https://login.example/realms/plant', words);
		const issuer = written ? address(written) : null;
		// What was written is not repeated: it may hold a password.
		if (issuerAt && written && issuer === null)
			document.bad(
				issuerAt.offset,
				`${issuerAt.path} must be an https:// address as the issuer calls itself, without name, password and query`,
			);
		const clientId = clientAt && document.scalar(clientAt, 'what the issuer calls this site', words);
		const secretFile = secretAt && path(site, secretAt);
		const caFile = caAt === undefined ? null : path(site, caAt);
		const proves = readProves(site, at('proves'));
		if (found.some((one) => one.name === name || one.issuer === issuer))
			document.bad(item.offset, `${item.path} is named twice`);
		if (!name || !issuer || !clientId || !secretFile || proves === null || (caAt !== undefined && caFile === null))
			continue;
		found.push({ name, issuer, clientId, secretFile, caFile, proves });
	}
	return found;
};

/** What the owner of the site believes an issuer's word for. */
const readProves = (site: SiteDocument, value: Value | undefined): IssuerTerms['proves'] | null => {
	if (value === undefined) return [];
	const { document } = site;
	const found: IssuerTerms['proves'][number][] = [];
	for (const item of document.items(value) ?? []) {
		const members = document.members(item, ['acr', 'amr', 'as'], ['as']);
		const [acrAt, amrAt, asAt] = [members?.get('acr'), members?.get('amr'), members?.get('as')];
		const as = asAt && document.scalar(asAt, `one of ${personSteps.join(', ')}`, oneOf(personSteps));
		const said = acrAt ?? amrAt;
		if (members !== null && (said === undefined || (acrAt !== undefined && amrAt !== undefined))) {
			document.bad(item.offset, `${item.path} names one claim: acr, or amr`);
			return null;
		}
		const claimed =
			said &&
			document.scalar(said, 'what the claim says, without spaces', (scalar) =>
				typeof scalar === 'string' && /^[^\s\p{Cc}]{1,200}$/u.test(scalar) ? scalar : null,
			);
		if (!as || !claimed) return null;
		found.push({ claim: acrAt === undefined ? 'amr' : 'acr', value: claimed, as });
	}
	return found;
};
