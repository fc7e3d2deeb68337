import { mkdir } from 'node:fs/promises';
import { resolve } from 'node:path';
import { Problem } from '@keyward/core';
import { type Commissioning, parseCommissioning, principalSubject } from '@keyward/core/enrol';
import { buildCsr, encodePem, isIssuedBy, readCertificate } from '@keyward/core/format';
import type { Clock, PrincipalName, Signer } from '@keyward/core/port';
import { createFileKey, hasFileKey, keyFileOf, openFileKey, readPrivate, writeDurably } from '@keyward/custody';
import { type EstService, fetchCaCertificates, simpleEnroll } from './est/client.ts';
import { findServiceCa } from './est/trust.ts';
import {
	type Identity,
	identityFile,
	type IdentityRecord,
	keyFolder,
	keyOptions,
	openIdentity,
	readIdentityRecord,
	serviceCaFile,
	writeCertificate,
} from './identity.ts';

export interface CommissionOptions {
	/** The line that `keyward device expect` or `reader expect` printed. */
	readonly commissioning: string;
	/** Becomes the identity's home; made when it is not there. */
	readonly folder: string;
	/** What the string must be for. */
	readonly kind: PrincipalName['kind'];
	readonly clock: Clock;
	/** Keeps the private key as unencrypted PEM (mode 0600) that other programs can read; recorded in the identity. */
	readonly allowPlainKey?: boolean;
	/** Keeps the key's seal there instead of in the folder. */
	readonly sealFile?: string;
}

/**
 * Joins a site: key made → service found by its pinned CA → certificate asked for and checked → identity written. Cut short
 * anywhere, the same call again goes on with the same key. A folder that is somebody else's is left alone.
 *
 * Throws `commissioning-string`, `token-expired`, `device-exists`, `key-file`, `service-not-trusted`, `site-unreachable`,
 * `certificate-malformed`, and what the registrar refuses with.
 */
export const commission = async (options: CommissionOptions): Promise<Identity> => {
	const { folder, clock, kind } = options;
	const string = parseCommissioning(options.commissioning);
	if (string.kind !== kind) {
		throw new Problem(
			'commissioning-string',
			`This string is for a ${string.kind}: run "keyward ${string.kind} commission".`,
		);
	}
	if (clock.now() >= string.expires) {
		throw new Problem('token-expired', 'This commissioning string has expired: ask for a new one.');
	}
	const record = recordOf(string, options);
	await mkdir(folder, { recursive: true, mode: 0o700 });
	await requireOwnFolder(folder, string);

	const signer = await openOrMakeKey(folder, record);
	const serviceCa = await findServiceCa(string.est, string.serviceCa);
	const service: EstService = { url: string.est, serviceCa };
	const subject = principalSubject(string);
	const chain = await simpleEnroll(service, string.token, (challengePassword) =>
		buildCsr({ subject, challengePassword }, signer),
	);
	const certificate = acceptCertificate(chain, signer.publicKey, await fetchCaCertificates(service));

	await writeDurably(serviceCaFile(folder), serviceCa, 'replace', 0o644);
	await writeCertificate(folder, certificate);
	// Last: from here on the folder is an identity.
	await writeDurably(identityFile(folder), `${JSON.stringify(record, null, '\t')}\n`, 'replace', 0o644);
	return openIdentity(folder);
};

/**
 * The chain as PEM when it is this key's certificate and its issuing CA, one of those that the service vouches for. Throws
 * `Problem('certificate-malformed')`: another key's certificate would be useless, and a sign that something is wrong.
 */
export const acceptCertificate = (
	chain: readonly Uint8Array[],
	publicKey: Uint8Array,
	authorities: readonly Uint8Array[],
): string => {
	const [leaf] = chain;
	if (leaf === undefined || Buffer.compare(readCertificate(leaf).publicKey, publicKey) !== 0) {
		throw new Problem('certificate-malformed', 'The service answered with a certificate for another key.');
	}
	const issuer = authorities.find((authority) => isIssuedBy(leaf, authority));
	if (issuer === undefined)
		throw new Problem('certificate-malformed', 'The new certificate is not by an issuing CA of this site.');
	return [leaf, issuer].map((der) => encodePem('CERTIFICATE', der)).join('');
};

const recordOf = (string: Commissioning, { allowPlainKey, sealFile }: CommissionOptions): IdentityRecord => ({
	version: 1,
	kind: string.kind,
	application: string.application,
	id: string.id,
	class: string.class,
	serviceUrl: string.service,
	estUrl: string.est,
	mqttUrl: string.mqtt,
	// One for each principal: names have no "_", so that two never share a file, nor a key.
	key: `${string.kind}_${string.application}_${string.id}`,
	plainKey: allowPlainKey ?? false,
	sealFile: sealFile === undefined ? null : resolve(sealFile),
});

const requireOwnFolder = async (folder: string, { kind, application, id }: PrincipalName): Promise<void> => {
	const present = await readIdentityRecord(folder);
	if (present === null || (present.kind === kind && present.application === application && present.id === id)) return;
	throw new Problem(
		'device-exists',
		`${folder} is the home of the ${present.kind} ${present.id} of ${present.application}: choose another folder.`,
	);
};

const openOrMakeKey = async (folder: string, record: IdentityRecord): Promise<Signer> => {
	const keys = keyFolder(folder);
	const options = keyOptions(record);
	if (!(await hasFileKey(keys, record.key))) return createFileKey(keys, record.key, 'P-256', options);
	const path = keyFileOf(keys, record.key);
	if (record.plainKey && (await readPrivate(path)).includes('ENCRYPTED')) {
		throw new Problem(
			'key-file',
			`${path} was made encrypted: go on without the plain key, or begin in an empty folder.`,
		);
	}
	return openFileKey(keys, record.key, options);
};
