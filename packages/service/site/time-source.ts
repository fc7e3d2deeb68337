import { NTP_PORT, NTS_PORT } from '@keyward/core/time';
import type { Value } from '@keyward/core/policy';
import type { TimeSource } from './site-file.ts';
import { HOST_NAME, hostName, path, port, type SiteDocument } from './written.ts';

/** The `time-source` of a site file; null when there is none, or, with findings, when it is not as it should be. */
export const readTimeSource = (site: SiteDocument, value: Value | undefined): TimeSource | null => {
	if (value === undefined) return null;
	const { document } = site;
	const members = document.members(value, ['nts', 'ntp', 'port', 'ca']);
	if (members === null) return null;
	const [ntsAt, ntpAt, portAt, caAt] = ['nts', 'ntp', 'port', 'ca'].map((key) => members.get(key));
	const at = ntsAt ?? ntpAt;
	if (at === undefined || (ntsAt !== undefined && ntpAt !== undefined)) {
		document.bad(value.offset, `${value.path} names one server: nts: HOST, or ntp: HOST, which nobody authenticates`);
		return null;
	}
	if (caAt !== undefined && ntsAt === undefined) {
		document.bad(caAt.offset, `${caAt.path} is for nts alone: plain NTP has no certificate`);
		return null;
	}
	const host = document.scalar(at, HOST_NAME, hostName);
	const usual = ntsAt === undefined ? NTP_PORT : NTS_PORT;
	const asked =
		portAt === undefined
			? usual
			: document.scalar(portAt, 'a port from 1 to 65535', (one) => (port(one) === 0 ? null : port(one)));
	const caFile = caAt === undefined ? null : path(site, caAt);
	if (host === null || asked === null || (caAt !== undefined && caFile === null)) return null;
	return { authenticated: ntsAt !== undefined, host, port: asked, caFile };
};
