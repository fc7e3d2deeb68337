import { createPublicKey, hash, randomBytes } from 'node:crypto';
import { days } from '@keyward/core';
import { principalCertificate, siteRootCertificate } from '@keyward/core/enrol';
import { assembleCertificate, type CertificateContent, freezeCertificate, readCertificate } from '@keyward/core/format';
import type { Signer } from '@keyward/core/port';
import { makeEphemeralKey } from '@keyward/custody';

const entropy = { bytes: (count: number) => new Uint8Array(randomBytes(count)) };

const certify = async (content: CertificateContent, by: Signer): Promise<Uint8Array> => {
	const frozen = freezeCertificate(content, by.publicKey);
	return assembleCertificate(frozen, by.publicKey, await by.sign(frozen));
};

/** A manufacturer of parts with its root. */
export interface PartManufacturer {
	/** DER. */
	readonly root: Uint8Array;
	/** DER: whose key signs the manifests. */
	readonly signer: Uint8Array;
	/** The certificate of a part of this serial number, for the key in it. */
	identify(id: string, publicKey: Uint8Array): Promise<Uint8Array>;
	/** One entry of a manifest: a part with one key, null for none, signed as JWS has it; `more` is signed as well. */
	list(id: string, publicKey: Uint8Array | null, more?: object): Promise<object>;
}

/** Makes one, with its own keys. */
export const makePartManufacturer = async (): Promise<PartManufacturer> => {
	const now = Date.now();
	const [rootKey, manifestKey] = [makeEphemeralKey(), makeEphemeralKey()];
	const root = await certify(siteRootCertificate({ publicKey: rootKey.publicKey, now, entropy }), rootKey);
	const identify = (id: string, publicKey: Uint8Array): Promise<Uint8Array> => {
		const name = { kind: 'device', application: 'parts', id } as const;
		const terms = { now, lifetime: days(300) };
		return certify(principalCertificate(name, publicKey, readCertificate(root), terms, entropy), rootKey);
	};
	const signer = await identify('manifest-signer', manifestKey.publicKey);
	const encode = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url');
	const list = async (id: string, publicKey: Uint8Array | null, more: object = {}): Promise<object> => {
		const spki = publicKey && createPublicKey({ key: Buffer.from(publicKey), format: 'der', type: 'spki' });
		const protectedHeader = encode({ alg: 'ES256', 'x5t#S256': hash('sha256', signer, 'base64url') });
		const keys = spki === null ? [] : [{ kid: '0', ...spki.export({ format: 'jwk' }) }];
		const payload = encode({
			...{ version: 3, model: 'PAPER-1', provisioningTimestamp: new Date(now).toISOString() },
			...{ uniqueId: id, publicKeySet: { keys }, ...more },
		});
		const signature = sidesOf(await manifestKey.sign(Buffer.from(`${protectedHeader}.${payload}`)));
		return {
			payload,
			protected: protectedHeader,
			header: { uniqueId: id },
			signature: signature.toString('base64url'),
		};
	};
	return { root, signer, identify, list };
};

/** r and s of a DER ECDSA-Sig-Value, 32 bytes each. */
const sidesOf = (der: Uint8Array): Buffer => {
	const length = der[3] ?? 0;
	const side = (start: number, size: number): Buffer => {
		const value = Buffer.from(der.subarray(start, start + size));
		return value.length > 32
			? value.subarray(value.length - 32)
			: Buffer.concat([Buffer.alloc(32 - value.length), value]);
	};
	return Buffer.concat([side(4, length), side(6 + length, der[5 + length] ?? 0)]);
};
