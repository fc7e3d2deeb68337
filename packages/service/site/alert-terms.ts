import { list, oneOf, type Value } from '@keyward/core/policy';
import { alertKinds, type AlertTerms } from './site-file.ts';
import { path, type SiteDocument, words } from './written.ts';

const loopback = new Set(['127.0.0.1', '[::1]', 'localhost']);

/** The `alerts` of a site file; null when there are none, or, with findings, when they are not as they should be. */
export const readAlerts = (site: SiteDocument, value: Value | undefined): AlertTerms | null => {
	if (value === undefined) return null;
	const { document } = site;
	const members = document.members(value, ['url', 'secret-file', 'events'], ['url', 'secret-file']);
	const [urlAt, secretAt, eventsAt] = [members?.get('url'), members?.get('secret-file'), members?.get('events')];
	const written = urlAt && document.scalar(urlAt, 'an address, such as https://alerts.example/keyward', words);
	const url = written && address(written);
	// What was written is not repeated: it may hold a password.
	if (urlAt && written && url === null)
		document.bad(
			urlAt.offset,
			`${urlAt.path} must be an https:// address without name and password (http:// for this machine alone)`,
		);
	const secretFile = secretAt && path(site, secretAt);
	const events = eventsAt
		? list(document, eventsAt, `one of ${alertKinds.join(', ')}`, oneOf(alertKinds), 1)
		: [...alertKinds];
	return url && secretFile && events ? { url, secretFile, events } : null;
};

/** An alert says which device is weak: it goes encrypted, or not off the machine. A password in the address would stand in the file. */
const address = (written: string): string | null => {
	const url = URL.parse(written);
	if (url === null || url.username !== '' || url.password !== '') return null;
	return url.protocol === 'https:' || (url.protocol === 'http:' && loopback.has(url.hostname)) ? url.href : null;
};
