import { X509Certificate } from 'node:crypto';
import type { Instant } from '@keyward/core';
import type { Commissioning } from '@keyward/core/enrol';

/** How a commissioning string is written for programs that do not read it (docs/commissioning.md). */
export const commissioningFormats = ['string', 'env', 'pem', 'esp-nvs', 'c-header'] as const;
export type CommissioningFormat = (typeof commissioningFormats)[number];

interface Parts {
	readonly string: Commissioning;
	/** PEM, checked against the string's pin. */
	readonly serviceCa: string;
	readonly expires: Instant;
}

/** Names and values in the order that every format has them; at most 15 characters, as NVS takes. */
const valuesOf = ({ string, expires }: Parts): readonly (readonly [name: string, value: string])[] => {
	const { application, id, class: className, est, mqtt, service, serviceCa, token } = string;
	return [
		['application', application],
		['id', id],
		...(className === null ? [] : [['class', className] as const]),
		['est_url', `${est.replace(/\/$/, '')}/.well-known/est/${application}`],
		['est_label', application],
		['est_token', token],
		['mqtt_url', mqtt],
		['http_url', service],
		['service_ca_pin', Buffer.from(serviceCa).toString('hex')],
		['expires', String(expires)],
	];
};

/** A NAME=value file as shells and systemd read it: no value of ours has a blank, a quote or a dollar. */
const env = (parts: Parts): string =>
	valuesOf(parts)
		.map(([name, value]) => `KEYWARD_${name.toUpperCase()}=${value}\n`)
		.join('');

/** For `nvs_partition_gen.py` of ESP-IDF; the CA in DER, which mbedTLS takes and CSV does not break. */
const espNvs = (parts: Parts): string =>
	[
		'key,type,encoding,value',
		'keyward,namespace,,',
		...valuesOf(parts).map(([name, value]) => `${name},data,string,${value}`),
		`service_ca,data,hex2bin,${new X509Certificate(parts.serviceCa).raw.toString('hex')}`,
		'',
	].join('\n');

const quoted = (text: string): string =>
	`"${text.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n')}"`;

const cHeader = (parts: Parts): string =>
	[
		'/* Holds a one-time token: a secret until the device has enrolled. */',
		'#ifndef KEYWARD_COMMISSIONING_H',
		'#define KEYWARD_COMMISSIONING_H',
		...valuesOf(parts).map(([name, value]) => `#define KEYWARD_${name.toUpperCase()} ${quoted(value)}`),
		'#define KEYWARD_SERVICE_CA_PEM \\',
		parts.serviceCa
			.trimEnd()
			.split('\n')
			.map((line) => `\t${quoted(`${line}\n`)}`)
			.join(' \\\n'),
		'#endif',
		'',
	].join('\n');

/** The text of a format. `pem` is the service CA alone, and no secret. */
export const formatFor = (format: Exclude<CommissioningFormat, 'string'>, parts: Parts): string => {
	switch (format) {
		case 'env':
			return env(parts);
		case 'pem':
			return parts.serviceCa;
		case 'esp-nvs':
			return espNvs(parts);
		case 'c-header':
			return cHeader(parts);
	}
};
