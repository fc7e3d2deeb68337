import { generateKeyPairSync, type KeyObject, sign } from 'node:crypto';
import type { AttestationTrust } from '@keyward/core/attest';
import { parseCommissioning } from '@keyward/core/enrol';
import {
	assembleCertificate,
	type CertificateExtension,
	encodeName,
	freezeCertificate,
	readCertificate,
	derChildren,
	encodeDer,
	derBits,
	derOid,
	derSequence,
	derTrue,
} from '@keyward/core/format';
import type { Outcome, SiteSetup, SiteTools } from './attack.ts';
import { entropy } from './certify.ts';
import { signerFor } from './est.ts';

const DAY = 86_400_000;
const CLIENT = '1.3.6.1.5.5.7.3.2';

/** A manufacturer's certificate with its key, made by the attack. */
export interface Certified {
	readonly der: Uint8Array;
	readonly privateKey: KeyObject;
}

interface Wanted {
	readonly name: string;
	/** Itself, when it is left out. */
	readonly by?: Certified;
	readonly notAfter?: number;
	/** An authority with this path length, or without limit. */
	readonly authority?: number | 'unlimited';
	readonly purpose?: string;
	/** subject serialNumber. */
	readonly number?: string;
	readonly more?: readonly CertificateExtension[];
}

const basicConstraints = (authority: Wanted['authority']): Uint8Array =>
	authority === undefined
		? derSequence()
		: derSequence(derTrue, ...(authority === 'unlimited' ? [] : [Uint8Array.of(2, 1, authority)]));

/** Makes it with SHA-256; `broken.sha1` signs with SHA-1. */
export const makeCertificate = async (wanted: Wanted, broken: { readonly sha1?: true } = {}): Promise<Certified> => {
	const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'prime256v1' });
	const signer = signerFor(wanted.by?.privateKey ?? privateKey);
	const subject = encodeName([
		['CN', wanted.name],
		...(wanted.number === undefined ? [] : ([['serialNumber', wanted.number]] as const)),
	]);
	const frozen = freezeCertificate(
		{
			serial: Uint8Array.from([0x40, ...entropy.bytes(15)]),
			issuer: wanted.by === undefined ? subject : readCertificate(wanted.by.der).subjectName,
			subject,
			notBefore: Date.now() - 30 * DAY,
			notAfter: wanted.notAfter ?? Date.now() + 300 * DAY,
			publicKey: signerFor(privateKey).publicKey,
			extensions: [
				{ oid: '2.5.29.19', critical: true, value: basicConstraints(wanted.authority) },
				...(wanted.purpose === undefined
					? []
					: [{ oid: '2.5.29.37', critical: false, value: derSequence(derOid(wanted.purpose)) }]),
				...(wanted.more ?? []),
			],
		},
		signer.publicKey,
	);
	if (broken.sha1 !== true)
		return { privateKey, der: assembleCertificate(frozen, signer.publicKey, await signer.sign(frozen)) };
	const algorithm = derSequence(derOid('1.2.840.10045.4.1'));
	const toBeSigned = derSequence(...derChildren(frozen).with(2, algorithm));
	const signature = sign('sha1', toBeSigned, wanted.by?.privateKey ?? privateKey);
	return { privateKey, der: derSequence(toBeSigned, algorithm, derBits(signature)) };
};

/** The certificate of a part with the number 0042. */
export const makePart = (by: Certified, broken: { readonly sha1?: true } = {}): Promise<Certified> =>
	makeCertificate({ name: 'part', number: '0042', by, purpose: CLIENT }, broken);

const ORDER = 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n;

/** The same certificate with its ECDSA signature (r, s) as (r, n−s): as good, and other bytes. */
export const rewriteSignature = (der: Uint8Array): Uint8Array => {
	const [toBeSigned, algorithm, bits] = derChildren(der);
	if (toBeSigned === undefined || algorithm === undefined || bits === undefined) throw new Error('no certificate');
	const [r, s] = derChildren(bits.subarray(bits.length - ((bits[1] ?? 0) - 1)));
	if (r === undefined || s === undefined) throw new Error('no ECDSA signature');
	const other = ORDER - BigInt(`0x${Buffer.from(s.subarray(2)).toString('hex')}`);
	const hex = other.toString(16).padStart(66, '0');
	const octets = Buffer.from(hex, 'hex');
	const shortest = octets.subarray(octets.findIndex((one, at) => one !== 0 || (octets[at + 1] ?? 0) >= 0x80));
	return derSequence(toBeSigned, algorithm, derBits(derSequence(r, encodeDer(2, shortest))));
};

/** A site that believes these manufacturers, by their anchors. */
export const believing = (anchors: readonly Uint8Array[], revoked: readonly string[] = []): SiteSetup => {
	const manufacturers = anchors.map((anchor, at) => ({
		name: `manufacturer ${at}`,
		anchors: [anchor],
		emulated: false,
	}));
	const trust: AttestationTrust = { manufacturers, revoked: new Set(revoked), deniedFirmware: [] };
	return { options: { trust } };
};

/** Shows a part's chain as `hall/probe-1`, which is expected as `serial:0042`; 204 says that the site believes it. */
export const showChain = async ({ site }: Pick<SiteTools, 'site'>, chain: readonly Uint8Array[]): Promise<Outcome> => {
	const expected = { application: 'hall', device: 'probe-1', part: 'serial:0042' };
	const { commissioning } = await site.ask('device.expect', expected);
	const { status, code, text } = await site.https({
		method: 'POST',
		path: '/.well-known/est/endorsement',
		headers: {
			authorization: `Basic ${Buffer.from(`keyward:${parseCommissioning(commissioning).token}`).toString('base64')}`,
			'content-type': 'application/json',
		},
		body: JSON.stringify({ certificates: chain.map((der) => Buffer.from(der).toString('base64')) }),
	});
	const succeeded = status === 204;
	return { succeeded, saw: succeeded ? 'the site believes the part' : `${status} ${text}`, refusal: code };
};
