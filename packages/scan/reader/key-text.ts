import type { Content } from '../content/content.ts';
import { derOid } from '../key/der.ts';
import { curves, ecSpki, octetSpki, rsaSpki } from '../key/spki.ts';

const HEX_LINE = /^\s{2,32}((?:[0-9a-fA-F]{2}:){0,32}[0-9a-fA-F]{2}):?\s*$/;
/** A modulus of 16,384 bits. */
const LONGEST = 2100;

const named: ReadonlyMap<string, string> = new Map([
	['prime256v1', curves['P-256']],
	['secp384r1', curves['P-384']],
	['secp521r1', curves['P-521']],
	['secp256k1', curves.secp256k1],
	['secp224r1', '1.3.132.0.33'],
	['brainpoolP256r1', '1.3.36.3.3.2.8.1.1.7'],
]);

const base64 = (text: string): Buffer => Buffer.from(text, 'base64');

/** A DNSKEY's key (RFC 3110, RFC 6605, RFC 8080). */
const dnsSpki = (algorithm: number, bytes: Buffer): Uint8Array | null => {
	if ([1, 5, 7, 8, 10].includes(algorithm)) {
		const long = bytes[0] === 0;
		const length = long ? bytes.readUInt16BE(1) : (bytes[0] ?? 0);
		const at = long ? 3 : 1;
		const modulus = bytes.subarray(at + length);
		return modulus.length < 32 || length === 0 || length > 64
			? null
			: rsaSpki(modulus, bytes.subarray(at, at + length));
	}
	if (algorithm === 13 && bytes.length === 64)
		return ecSpki(derOid(curves['P-256']), Buffer.concat([Buffer.of(4), bytes]));
	if (algorithm === 14 && bytes.length === 96)
		return ecSpki(derOid(curves['P-384']), Buffer.concat([Buffer.of(4), bytes]));
	if (algorithm === 15) return octetSpki('Ed25519', bytes);
	return algorithm === 16 ? octetSpki('Ed448', bytes) : null;
};

const DNSKEY = /\b(?:DNSKEY|CDNSKEY|KEY)\s+(\d{1,5})\s+3\s+(\d{1,3})\s+\(?\s*([A-Za-z0-9+/=\s]{40,3000})/;

/** Keys as numbers in texts: `openssl … -text`, DNSSEC's records and private keys, XML of .NET. */
export const keyText = (content: Content) => {
	let gathering: 'modulus' | 'point' | null = null;
	let digits = '';
	let modulus: Buffer | null = null;
	let point: Buffer | null = null;
	let isPrivate = false;
	let dns = '';
	let dnsLine = 0;

	const finish = (): void => {
		if (gathering === 'modulus') modulus = Buffer.from(digits, 'hex');
		if (gathering === 'point') point = Buffer.from(digits, 'hex');
		gathering = null;
		digits = '';
	};
	const give = (spki: Uint8Array | null, number: number, holdsPrivate: boolean): void => {
		if (spki !== null) content.key(`${holdsPrivate ? 'private' : 'public'} key, line ${number}`, spki, holdsPrivate);
	};
	/** What `openssl` prints of a key, over several lines. */
	const openssl = (line: string, number: number): void => {
		const [, more] = HEX_LINE.exec(line) ?? [];
		if (gathering !== null && more !== undefined && digits.length < LONGEST * 2) {
			digits += more.replaceAll(':', '');
			return;
		}
		finish();
		if (/Private-Key:/.test(line)) isPrivate = true;
		else if (/Public-Key:/.test(line)) isPrivate = false;
		else if (/^\s{0,32}modulus:\s*$/i.test(line)) gathering = 'modulus';
		else if (/^\s{0,32}pub:\s*$/.test(line)) gathering = 'point';
		const [, exponent] = /^\s{0,32}(?:public)?exponent:\s{1,8}(\d{1,20})\b/i.exec(line) ?? [];
		if (exponent !== undefined && modulus !== null && modulus.length >= 32) {
			const hex = BigInt(exponent).toString(16);
			give(rsaSpki(modulus, Buffer.from(hex.length % 2 === 1 ? `0${hex}` : hex, 'hex')), number, isPrivate);
			modulus = null;
		}
		const [, curve] = /^\s{0,32}ASN1 OID: (\w{1,32})/.exec(line) ?? [];
		const oid = named.get(curve ?? '');
		if (oid !== undefined && point !== null) {
			give(ecSpki(derOid(oid), point), number, isPrivate);
			point = null;
		}
	};
	/** Names and base64, as dnssec-keygen writes a private key. */
	const dnssec = (line: string, number: number): void => {
		const [, name, value = ''] = /^(Modulus|PublicExponent): ([A-Za-z0-9+/]{4,2800}={0,2})\s*$/.exec(line) ?? [];
		if (name === 'Modulus') modulus = base64(value);
		else if (name === 'PublicExponent' && modulus !== null) {
			give(rsaSpki(modulus, base64(value)), number, true);
			modulus = null;
		}
	};
	const record = (number: number): void => {
		const [, , algorithm, key = ''] = DNSKEY.exec(dns) ?? [];
		if (algorithm !== undefined) {
			try {
				give(dnsSpki(Number(algorithm), base64(key.replaceAll(/\s/g, ''))), number, false);
			} catch (error) {
				if (!(error instanceof RangeError)) throw error;
			}
		}
		dns = '';
	};
	return {
		line(line: string, number: number): void {
			if (dns !== '') dns += ` ${line.split(';', 1)[0] ?? ''}`;
			else if (/\b(?:C?DNSKEY|IN\s+KEY)\s+\d/.test(line)) [dns, dnsLine] = [line.split(' ; ', 1)[0] ?? '', number];
			if (dns !== '' && (!dns.includes('(') || dns.includes(')') || dns.length > 4000)) record(dnsLine);
			if (/[a-f0-9]:|xponent|odulus|pub:|Key:|ASN1/.test(line) || gathering !== null) {
				openssl(line, number);
				dnssec(line, number);
			}
			const xml =
				/<Modulus>\s*([A-Za-z0-9+/=]{40,2800})\s*<\/Modulus>\s*<Exponent>\s*([A-Za-z0-9+/=]{2,16})\s*<\/Exponent>/.exec(
					line,
				);
			if (xml !== null) give(rsaSpki(base64(xml[1] ?? ''), base64(xml[2] ?? '')), number, line.includes('<D>'));
		},
	};
};
