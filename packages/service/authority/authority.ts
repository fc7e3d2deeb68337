import assert from 'node:assert/strict';
import { X509Certificate } from 'node:crypto';
import { isIP } from 'node:net';
import { Problem } from '@keyward/core';
import { isName } from '@keyward/core/device';
import {
	issuingAuthorityCertificate,
	serviceAuthorityCertificate,
	serviceCertificate,
	type ServiceNames,
	siteRootCertificate,
} from '@keyward/core/enrol';
import { type CertificateView, encodePem, isIssuedBy } from '@keyward/core/format';
import type { Clock, Entropy, Signer } from '@keyward/core/port';
import { exposePrivateKeyForTls, type FileKeyOptions, makePrivateFolder } from '@keyward/custody';
import { type CertifiedKey, certify, keyFolderOf, openCertifiedKey } from './certified-key.ts';

/** The site's own keys: who admits devices and readers, and what the service shows them. */
export interface Authority {
	/** DER. */
	readonly siteRoot: Uint8Array;
	/** The CA that devices pin for the service; its SubjectPublicKeyInfo's hash goes into every commissioning string. */
	readonly serviceCa: CertificateView;
	/** The application's issuing CA; made, durably, when it is asked for first. */
	issuing(application: string): Promise<CertifiedKey>;
	/** What a TLS listener shows: private key, and leaf with its CA, in PEM. */
	readonly tls: { readonly key: string; readonly cert: string };
	/** Anchors for client certificates, PEM: the site root and every issuing CA so far. */
	caBundle(): string;
	/** The same and the service CA, DER: EST /cacerts. */
	certificates(): Uint8Array[];
}

export interface AuthorityOptions extends FileKeyOptions {
	/** Made with mode 0700 when it is not there. */
	readonly folder: string;
	readonly clock: Clock;
	readonly entropy: Entropy;
	/** Applications whose issuing CA is opened at once. */
	readonly applications: readonly string[];
	/** Host names and addresses beside localhost, 127.0.0.1 and ::1. */
	readonly hostNames: readonly string[];
}

/**
 * Opens the site's keys and certificates, making what is missing. The service's TLS certificate is renewed here when less than a
 * third of its life is left or its names are not those configured. Throws `Problem('site-configuration')` and
 * `Problem('key-file')`.
 */
export const openAuthority = async (options: AuthorityOptions): Promise<Authority> => {
	const { folder, clock, entropy } = options;
	const place = { folder, ...(options.sealFile === undefined ? {} : { sealFile: options.sealFile }) };
	const names = serviceNames(options.hostNames);
	await makePrivateFolder(folder);
	const terms = (signer: Signer) => ({ publicKey: signer.publicKey, now: clock.now(), entropy });

	const siteRoot = await openCertifiedKey(place, 'site-root', (signer) =>
		certify(siteRootCertificate(terms(signer)), signer),
	);
	const serviceCa = await openCertifiedKey(place, 'service-ca', (signer) =>
		certify(serviceAuthorityCertificate(terms(signer)), signer),
	);
	const service = await openCertifiedKey(
		place,
		'service',
		(signer) => certify(serviceCertificate(names, serviceCa.certificate, terms(signer)), serviceCa.signer),
		(certificate) =>
			isFresh(certificate, clock) &&
			covers(certificate, names) &&
			isIssuedBy(certificate.der, serviceCa.certificate.der),
	);

	const issuing = new Map<string, Promise<CertifiedKey>>();
	const opened: CertificateView[] = [];
	const openIssuing = async (application: string): Promise<CertifiedKey> => {
		const found = await openCertifiedKey(place, `issuing.${application}`, (signer) =>
			certify(issuingAuthorityCertificate(application, siteRoot.certificate, terms(signer)), siteRoot.signer),
		);
		opened.push(found.certificate);
		return found;
	};

	const authority: Authority = {
		siteRoot: siteRoot.certificate.der,
		serviceCa: serviceCa.certificate,
		issuing: (application) => {
			assert(isName(application), 'applications are named when their policy is read');
			const found = issuing.get(application) ?? openIssuing(application);
			issuing.set(application, found);
			// A failure is not remembered: the next call tries again.
			found.catch(() => issuing.delete(application));
			return found;
		},
		tls: {
			key: await exposePrivateKeyForTls(keyFolderOf(place), 'service', place),
			// The CA goes with it, so that a device can find it by its pinned hash on its first connection.
			cert: [service.certificate, serviceCa.certificate].map(({ der }) => encodePem('CERTIFICATE', der)).join(''),
		},
		caBundle: () => [siteRoot.certificate, ...opened].map(({ der }) => encodePem('CERTIFICATE', der)).join(''),
		certificates: () => [siteRoot.certificate, ...opened, serviceCa.certificate].map(({ der }) => der),
	};
	for (const application of options.applications) await authority.issuing(application);
	return authority;
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
	const wrong = hosts.find((name) => name.length > 253 || !/^(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.?)+$/.test(name));
	if (wrong !== undefined) throw new Problem('site-configuration', `${JSON.stringify(wrong)} is not a host name.`);
	return { hosts, addresses: all.filter((name) => isIP(name) !== 0) };
};
