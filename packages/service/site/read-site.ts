import { days, hours, minutes, seconds } from '@keyward/core';
import { type DocumentFinding, type DocumentKind, list, oneOf, StrictDocument, type Value } from '@keyward/core/policy';
import { readAdvisories } from './advisory-terms.ts';
import { readAlerts } from './alert-terms.ts';
import { readAuthority } from './authority-custody.ts';
import { readIssuers } from './issuer-terms.ts';
import { readManufacturers } from './manufacturer.ts';
import { readPorts } from './ports.ts';
import { readSecurityText } from './security-terms.ts';
import { logLevels, type SiteFile } from './site-file.ts';
import { readTimeSource } from './time-source.ts';
import { readWitnesses } from './witness-terms.ts';
import { HOST_NAME, hostName, path, type SiteDocument, spanWithin } from './written.ts';

const code = 'site-configuration';
const siteDocument: DocumentKind = {
	noun: 'site file',
	syntax: code,
	unknownKey: code,
	missingKey: code,
	badValue: code,
};

/** As it was called until 0.1: read for one release more. */
const OLD_MANUFACTURERS = 'makers';

const keys = [
	...['name', 'addresses', 'listen', 'ports', 'seal-file', 'manufacturers', 'emulators', 'authority'],
	...['readings-key', 'retention', 'alerts', 'session-expiry', 'clock-tolerance', 'oldest-reading', 'log-level'],
	...['advisories', 'security-txt', 'time-source', 'witnesses', 'sign-in'],
];

const forever = Symbol('forever');

/** Reads a site file, strictly; or gives all that is wrong with it, in the order of the text. Relative paths start from `folder`. */
export const readSite = (
	text: string,
	folder: string,
): { readonly site: SiteFile } | { readonly findings: readonly DocumentFinding[] } => {
	const document = new StrictDocument(text, siteDocument);
	if (document.root === null) return { findings: document.findings };
	const site: SiteDocument = { document, folder };
	const members = document.members(document.root, [...keys, OLD_MANUFACTURERS]);
	const scalar = <T>(key: string, expects: string, accept: (scalar: unknown) => T | null): T | undefined => {
		const at = members?.get(key);
		return (at && document.scalar(at, expects, accept)) ?? undefined;
	};
	const at = (key: string): Value | undefined => members?.get(key);

	const name = scalar('name', HOST_NAME, hostName);
	const listen = scalar('listen', 'an address of this machine, such as 127.0.0.1 or 0.0.0.0', hostName);
	const [addressesAt, sealAt] = [at('addresses'), at('seal-file')];
	const addresses = addressesAt ? list(document, addressesAt, HOST_NAME, hostName, 0) : [];
	const sealFile = sealAt && path(site, sealAt);
	const retention = scalar('retention', 'forever, or a span of a day or more, such as 400d', (written) =>
		written === 'forever' ? forever : spanWithin(days(1), days(36_500))(written),
	);
	const sessionExpiry = scalar('session-expiry', 'a span from 1s to 400d', spanWithin(seconds(1), days(400)));
	const clockTolerance = scalar('clock-tolerance', 'a span from 1s to 10min', spanWithin(seconds(1), minutes(10)));
	const oldestReading = scalar('oldest-reading', 'any, or a span of an hour or more, such as 90d', (written) =>
		written === 'any' ? forever : spanWithin(hours(1), days(36_500))(written),
	);
	const logLevel = scalar('log-level', `one of ${logLevels.join(', ')}`, oneOf(logLevels)) ?? 'info';
	const [newAt, oldAt] = [at('manufacturers'), at(OLD_MANUFACTURERS)];
	if (newAt && oldAt)
		document.bad(
			oldAt.offset,
			`${oldAt.path} is the old name of manufacturers, which is there too: join the two lists`,
		);
	const manufacturersAt = newAt ?? oldAt;
	const read: SiteFile = {
		...(name !== undefined && { name }),
		...(listen !== undefined && { listen }),
		addresses: addresses ?? [],
		ports: readPorts(site, at('ports')),
		...(sealFile && { sealFile }),
		manufacturers: readManufacturers(site, manufacturersAt),
		emulators: readManufacturers(site, at('emulators')),
		authority: readAuthority(site, at('authority')),
		readingsKey: readAuthority(site, at('readings-key')),
		retention: typeof retention === 'number' ? retention : null,
		alerts: readAlerts(site, at('alerts')),
		timeSource: readTimeSource(site, at('time-source')),
		witnesses: readWitnesses(site, at('witnesses')),
		advisories: readAdvisories(site, at('advisories')),
		issuers: readIssuers(site, at('sign-in')),
		securityText: readSecurityText(site, at('security-txt')),
		...(sessionExpiry !== undefined && { sessionExpiry }),
		...(clockTolerance !== undefined && { clockTolerance }),
		...(oldestReading !== undefined && { oldestReading: typeof oldestReading === 'number' ? oldestReading : null }),
		logLevel,
	};
	const { findings } = document;
	return findings.length > 0 ? { findings } : { site: Object.freeze(read) };
};
