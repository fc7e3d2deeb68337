import { X509Certificate } from 'node:crypto';
import { isIP } from 'node:net';
import { join } from 'node:path';
import { Problem } from '@keyward/core';
import { serviceCertificate, type ServiceNames } from '@keyward/core/enrol';
import { type CertificateView, encodePem, isIssuedBy } from '@keyward/core/format';
import type { Clock, Entropy } from '@keyward/core/port';
import { exposePrivateKeyForTls, fileKeyStore, type FileKeyOptions } from '@keyward/custody';
import { type CertifiedKey, certify, openCertifiedKey } from './certified-key.ts';
import type { Line } from './generations.ts';
import { isHostName } from '../site/host-name.ts';
import { keyFolderOf } from './key-stores.ts';

/** PEM. */
export interface ServiceTls {
	readonly key: string;
	/** The leaf, then what leads from it to whichever service CA a device holds. */
	readonly cert: string;
}

/** The service's own TLS key, which is always a file: it must be in this process's memory anyway. */
export interface ServiceKey {
	tls(): ServiceTls;
	/** New certificate for the same key when the present one is old, lacks a name or is by another CA; true when there is one. */
	renewIfDue(): Promise<boolean>;
}

export const openServiceKey = async ({
	folder,
	options,
	hostNames,
	clock,
	entropy,
	serviceCa,
}: {
	readonly folder: string;
	readonly options: FileKeyOptions;
	readonly hostNames: readonly string[];
	readonly clock: Clock;
	readonly entropy: Entropy;
	readonly serviceCa: Line;
}): Promise<ServiceKey> => {
	const names = serviceNames(hostNames);
	const keys = keyFolderOf(folder);
	const open = (): Promise<CertifiedKey> =>
		openCertifiedKey(
			{ path: join(folder, 'service.pem'), keys: fileKeyStore(keys, options), key: 'service' },
			({ publicKey }) => {
				const { certificate, signer } = serviceCa.active();
				return certify(serviceCertificate(names, certificate, { publicKey, now: clock.now(), entropy }), signer);
			},
			(certificate) =>
				isFresh(certificate, clock) &&
				covers(certificate, names) &&
				isIssuedBy(certificate.der, serviceCa.active().certificate.der),
		);
	let service = await open();
	const key = await exposePrivateKeyForTls(keys, 'service', options);
	return {
		tls: () => ({
			key,
			cert: chainOf(service.certificate, serviceCa)
				.map(({ der }) => encodePem('CERTIFICATE', der))
				.join(''),
		}),
		renewIfDue: async () => {
			const before = service.certificate.der;
			service = await open();
			return Buffer.compare(before, service.certificate.der) !== 0;
		},
	};
};

/**
 * The CA goes with the leaf, so that a device can find it by its pinned hash on its first connection. While a former CA counts, the
 * link to it and it itself go too, in this order: a verifier that holds the former alone takes the first that fits, the link.
 */
const chainOf = (leaf: CertificateView, serviceCa: Line): CertificateView[] => {
	const issuer =
		serviceCa.held().find(({ certificate }) => isIssuedBy(leaf.der, certificate.der)) ?? serviceCa.active();
	const former = serviceCa
		.held()
		.filter(({ generation }) => generation.state === 'outgoing' && generation.number < issuer.generation.number);
	const link = former.length > 0 && issuer.byPredecessor !== null ? [issuer.byPredecessor] : [];
	return [leaf, ...link, issuer.certificate, ...former.map(({ certificate }) => certificate)];
};

const isFresh = ({ notBefore, notAfter }: CertificateView, clock: Clock): boolean =>
	clock.now() < notAfter - (notAfter - notBefore) / 3;

const covers = (certificate: CertificateView, { hosts, addresses }: ServiceNames): boolean => {
	const x509 = new X509Certificate(certificate.der);
	return (
		hosts.every((host) => x509.checkHost(host, { subject: 'never' }) !== undefined) &&
		addresses.every((address) => x509.checkIP(address) !== undefined)
	);
};

const serviceNames = (configured: readonly string[]): ServiceNames => {
	const all = [...new Set(['localhost', '127.0.0.1', '::1', ...configured.map((name) => name.toLowerCase())])];
	const hosts = all.filter((name) => isIP(name) === 0);
	const wrong = hosts.find((name) => !isHostName(name));
	if (wrong !== undefined) throw new Problem('site-configuration', `${JSON.stringify(wrong)} is not a host name.`);
	// RFC 4007 §11.2: a zone is a word of one machine alone; no certificate (RFC 5280 §4.2.1.6) and no URL has it.
	const zoned = all.find((name) => isIP(name) === 6 && name.includes('%'));
	if (zoned !== undefined)
		throw new Problem(
			'site-configuration',
			`${zoned} names a network interface of this machine: give an address that others reach, without %.`,
		);
	return { hosts, addresses: all.filter((name) => isIP(name) !== 0) };
};
