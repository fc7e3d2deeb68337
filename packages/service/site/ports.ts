import { linkSteps, servesApi } from '@keyward/core/authorize';
import { oneOf, type Value } from '@keyward/core/policy';
import type { HttpsListenerOptions, MqttListenerOptions, SitePorts } from './site-file.ts';
import { LOOPBACK, loopbackAddress, PORT, port, type SiteDocument } from './written.ts';

/** What stands where a port is switched off. */
const none = Symbol('none');

const orNone =
	<T>(accept: (scalar: unknown) => T | null) =>
	(scalar: unknown): T | typeof none | null =>
		scalar === 'none' ? none : accept(scalar);

/** The `ports` of a site file; findings where they are not as they should be. */
export const readPorts = (site: SiteDocument, value: Value | undefined): SitePorts => {
	const { document } = site;
	const members = value && document.members(value, ['https', 'http', 'mqtt', 'metrics']);
	const [httpsAt, httpAt, mqttAt, metricsAt] = ['https', 'http', 'mqtt', 'metrics'].map((key) => members?.get(key));
	const https = httpsAt ? readHttps(site, httpsAt) : [];
	const http = httpAt && document.scalar(httpAt, `none, or ${PORT}`, orNone(port));
	const metrics = metricsAt && document.scalar(metricsAt, LOOPBACK, orNone(loopbackAddress));
	const mqtt = mqttAt ? readListeners(site, mqttAt) : [];

	const taken = new Map<number, string>();
	const uses: readonly (readonly [Value | undefined, number | undefined])[] = [
		[httpAt, typeof http === 'number' ? http : undefined],
		[metricsAt, typeof metrics === 'object' ? metrics?.port : undefined],
		...https.map((listener) => [httpsAt, listener.port] as const),
		...mqtt.map((listener) => [mqttAt, listener.port] as const),
	];
	for (const [at, number] of uses) {
		if (at === undefined || number === undefined || number === 0) continue;
		const other = taken.get(number);
		if (other !== undefined) document.bad(at.offset, `${at.path} and ${other} both ask for port ${number}`);
		taken.set(number, at.path);
	}
	return {
		https,
		...(http !== undefined && http !== null && { http: http === none ? null : http }),
		mqtt,
		metrics: typeof metrics === 'object' ? metrics : null,
	};
};

/** A port alone is one listener that takes TLS 1.3. */
const readHttps = (site: SiteDocument, value: Value): HttpsListenerOptions[] => {
	if (site.document.isList(value)) {
		const [first, ...others] = readListeners(site, value);
		if (first === undefined || servesApi(first.floor)) return first === undefined ? [] : [first, ...others];
		site.document.bad(
			value.offset,
			`${value.path} must begin with a listener for the API, tls1.3 or tls1.3-pq; one at tls1.2-aead serves enrolment alone`,
		);
		return [];
	}
	const number = site.document.scalar(value, PORT, port);
	return number === null ? [] : [{ port: number, floor: 'tls1.3' }];
};

/** One listener for each link floor: a server cannot see the group that a handshake chose. */
const readListeners = ({ document }: SiteDocument, value: Value): MqttListenerOptions[] => {
	const items = document.items(value) ?? [];
	if (items.length === 0) document.bad(value.offset, `${value.path} must name at least one listener`);
	const found: MqttListenerOptions[] = [];
	for (const item of items) {
		const members = document.members(item, ['port', 'floor'], ['port', 'floor']);
		const [portAt, floorAt] = [members?.get('port'), members?.get('floor')];
		const number = portAt && document.scalar(portAt, PORT, port);
		const floor = floorAt && document.scalar(floorAt, `one of ${linkSteps.join(', ')}`, oneOf(linkSteps));
		if (typeof number === 'number' && floor) found.push({ port: number, floor });
	}
	return found;
};
