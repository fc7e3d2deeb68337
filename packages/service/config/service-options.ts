import type { ServiceOptions } from './config.ts';
import type { SiteFile } from '../site/site-file.ts';

/** What a site file says of how the service runs; the options of a command line go before it. */
export const serviceOptionsOf = (site: SiteFile): Partial<ServiceOptions> => {
	const {
		name,
		listen,
		addresses,
		ports,
		sealFile,
		authority,
		readingsKey,
		alerts,
		timeSource,
		witnesses,
		advisories,
		issuers,
		securityText,
		clockTolerance,
		oldestReading,
		sessionExpiry,
		retention,
	} = site;
	const manifests = [...site.manufacturers, ...site.emulators].flatMap((manufacturer) =>
		manufacturer.manifests.map((file) => ({ manufacturer: manufacturer.name, file })),
	);
	const [first, ...more] = ports.mqtt;
	const [https, ...moreHttps] = ports.https;
	return {
		...(name !== undefined && { name }),
		...(listen !== undefined && { host: listen }),
		...(https !== undefined && {
			...{ httpsPort: https.port, httpsListeners: moreHttps },
			// The first serves the API (ports.ts).
			...(https.floor !== 'tls1.2-aead' && { httpsFloor: https.floor }),
		}),
		...(ports.http !== undefined && { httpPort: ports.http }),
		...(first !== undefined && { mqttsPort: first.port, floor: first.floor, listeners: more }),
		...(sealFile !== undefined && { sealFile }),
		...(sessionExpiry !== undefined && { sessionExpiryMaximum: sessionExpiry }),
		...(clockTolerance !== undefined && { clockTolerance }),
		...(oldestReading !== undefined && { oldestReading }),
		addresses,
		authority,
		readingsKey,
		manifests,
		retention,
		metrics: ports.metrics,
		alerts,
		timeSource,
		witnesses,
		advisories,
		issuers,
		securityText,
	};
};
