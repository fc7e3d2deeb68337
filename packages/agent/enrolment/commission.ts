import { resolve } from 'node:path';
import { Problem } from '@keyward/core';
import { qualifiedName, isSamePrincipal } from '@keyward/core/device/principal-name';
import { principalSubject } from '@keyward/core/enrol/certificate-profile';
import { type Commissioning, parseCommissioning } from '@keyward/core/enrol/commissioning-string';
import { isIssuedBy, readCertificate } from '@keyward/core/format/certificate';
import { buildCsr } from '@keyward/core/format/csr';
import { encodePem } from '@keyward/core/format/pem';
import type { Clock, PrincipalName } from '@keyward/core/port';
import { makeFolder } from '@keyward/custody';
import { takesSeveral } from '@keyward/custody/tpm2/tcti';
import { fetchCaCertificates, simpleEnroll } from '../est/client.ts';
import type { EstService } from '../est/connection.ts';
import { followServiceCas } from '../est/service-anchors.ts';
import { findServiceCa } from '../est/trust.ts';
import { withSecondKey } from './register-key.ts';
import type { Hardware } from '../hardware/hardware.ts';
import {
	keyStoreOf,
	type Identity,
	type IdentityRecord,
	keyName,
	ownerHash,
	openIdentity,
	readIdentityRecord,
	writeCertificate,
	writeIdentityRecord,
	writeServiceCa,
} from '../identity/identity.ts';

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
	/** Makes the key in this part, and shows the service that it is there. A file by default. */
	readonly hardware?: Hardware;
	/** Name of the key where it lives, such as its label in a token; one made of the identity's names by default. */
	readonly key?: string;
	/** PEM file with more of the manufacturer's certificates, where the part does not carry all that lead to its root. */
	readonly endorsementFile?: string;
	/** SHA-256 of the owner's root, lower-case hex, where it was brought here by another way than the string: another one's is refused. */
	readonly owner?: string;
	/** The part that it must be, where that is known here too: another one's is left as it is. */
	readonly part?: string;
	/** Told in a sentence what is not as it could be, and does not stop it. */
	readonly onRemark?: (remark: string) => void;
}

/**
 * Joins a site: key made → service found by its pinned CA → where the key lives shown, if that is hardware → certificate asked
 * for and checked → identity written → a device's stream key or a reader's agreement key made and registered. Cut short anywhere, the same call again goes on with the same key. A folder that is
 * somebody else's is left alone.
 *
 * Throws `commissioning-string`, `owner-not-trusted`, `token-expired`, `device-exists`, `key-file`, `service-not-trusted`, `site-unreachable`,
 * `certificate-malformed`, `tpm-unreachable`, `tpm-failed`, and what the registrar refuses with.
 */
export const commission = async (options: CommissionOptions): Promise<Identity> => {
	const identity = await enrol(options);
	// After the part was let go of: some serve one program at a time.
	try {
		return await withSecondKey(identity);
	} catch (error) {
		if (!(error instanceof Problem && error.code === 'no-such-thing')) throw error;
		options.onRemark?.('This service takes no second keys, so that nothing can be sealed by or for it.');
		return identity;
	}
};

const enrol = async (options: CommissionOptions): Promise<Identity> => {
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
	if (options.key !== undefined && !keyName.test(options.key)) {
		throw new Problem('token-key', `${options.key} cannot name a key: use letters, digits, ".", "_" and "-".`);
	}
	const owner = requireOwner(string, options.owner);
	const record: IdentityRecord = { ...recordOf(string, options), ...(owner !== null && { owner }) };
	await makeFolder(folder);
	await requireOwnFolder(folder, string);

	const { endorsementFile, part } = options;
	const keyStore = await keyStoreOf(folder, record);
	await using held = await keyStore.openOrMake(record.key, {
		...(endorsementFile !== undefined && { endorsementFile }),
		...(part !== undefined && { part }),
	});
	const { signer, attestor, emulated } = held;
	if (emulated) {
		options.onRemark?.('This part is EMULATED: anybody with the files of its program has the key.');
	}
	if (record.hardware?.custody === 'pkcs11') {
		options.onRemark?.(
			'What a token says of its keys is claimed, not proven: the service counts this key as software.',
		);
	}
	if (record.hardware?.custody === 'tpm2' && !takesSeveral(record.hardware.tcti)) {
		options.onRemark?.(
			`${record.hardware.tcti} serves one program at a time: put a resource manager before it (device:/dev/tpmrm0, or tabrmd), or this device cannot renew its certificate.`,
		);
	}
	if (record.hardware?.custody === 'tpm2' && attestor === null) {
		options.onRemark?.(
			'No certificate of its manufacturer is in this TPM, so the service cannot know that the key is in one. Get it from the manufacturer and give it along (--endorsement).',
		);
	}
	const serviceCa = await findServiceCa(string.est, string.serviceCa);
	const service: EstService = { url: string.est, serviceCa };
	const subject = principalSubject(string);
	const device = qualifiedName(string);
	const chain = await simpleEnroll(
		service,
		string.token,
		(challengePassword) => buildCsr({ subject, challengePassword }, signer),
		attestor && { attestor, publicKey: signer.publicKey, device },
	);
	const authorities = await fetchCaCertificates(service);
	const certificate = acceptCertificate(chain, signer.publicKey, authorities);

	await writeServiceCa(folder, followServiceCas(serviceCa, authorities));
	await writeCertificate(folder, certificate);
	// Last: from here on the folder is an identity.
	await writeIdentityRecord(folder, {
		...record,
		...(emulated && { emulated }),
		...(attestor !== null && { attested: true }),
	});
	return await openIdentity(folder);
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

/**
 * owner-anchor: the string is made by the service, which could put another owner into it; what a person brought is compared with it, and
 * counts where the string has none. Throws `Problem('owner-not-trusted')`.
 */
const requireOwner = ({ owner }: Commissioning, brought: string | undefined): string | null => {
	const named = owner === null ? null : Buffer.from(owner).toString('hex');
	if (brought === undefined) return named;
	if (!ownerHash.test(brought))
		throw new Problem(
			'request-malformed',
			"The owner's root is given as 64 hex digits, as keyward owner show prints it.",
		);
	if (named !== null && named !== brought) {
		throw new Problem(
			'owner-not-trusted',
			`This string names another owner's root (${named}) than the one that you gave (${brought}): ask who made the string.`,
		);
	}
	return brought;
};

const recordOf = (
	string: Commissioning,
	{ allowPlainKey, sealFile, hardware, key }: CommissionOptions,
): IdentityRecord => ({
	version: 1,
	kind: string.kind,
	application: string.application,
	id: string.id,
	class: string.class,
	serviceUrl: string.service,
	estUrl: string.est,
	mqttUrl: string.mqtt,
	// One for each principal: names have no "_", so that two never share a file, nor a key.
	key: key ?? `${string.kind}_${string.application}_${string.id}`,
	plainKey: allowPlainKey ?? false,
	sealFile: sealFile === undefined ? null : resolve(sealFile),
	...(hardware !== undefined && { hardware }),
});

const requireOwnFolder = async (folder: string, name: PrincipalName): Promise<void> => {
	const present = await readIdentityRecord(folder);
	if (present === null || isSamePrincipal(present, name)) return;
	throw new Problem(
		'device-exists',
		`${folder} is the home of the ${present.kind} ${present.id} of ${present.application}: choose another folder.`,
	);
};
