import { AsnConvert } from '@peculiar/asn1-schema';
import { AttributeTypeAndValue, AttributeValue, Name, RelativeDistinguishedName } from '@peculiar/asn1-x509';

const oidOf = { CN: '2.5.4.3', serialNumber: '2.5.4.5', O: '2.5.4.10', OU: '2.5.4.11' } as const;

/** An attribute type that Keyward uses, or the dotted OID of another. */
export type NameAttribute = readonly [type: keyof typeof oidOf | (string & {}), value: string];

/** Attributes in order, one to each RelativeDistinguishedName (RFC 5280 §4.1.2.4). */
export type DistinguishedName = readonly NameAttribute[];

/** DER of the Name: PrintableString for serialNumber (X.520), else UTF8String. */
export const encodeName = (name: DistinguishedName): Uint8Array => new Uint8Array(AsnConvert.serialize(toAsn(name)));

export const toAsn = (name: DistinguishedName): Name =>
	new Name(
		name.map(([type, value]) => {
			const text =
				type === 'serialNumber'
					? new AttributeValue({ printableString: value })
					: new AttributeValue({ utf8String: value });
			const oid = Object.hasOwn(oidOf, type) ? oidOf[type as keyof typeof oidOf] : type;
			return new RelativeDistinguishedName([new AttributeTypeAndValue({ type: oid, value: text })]);
		}),
	);

/** Attributes of a parsed Name; a multi-valued RDN gives one entry for each of its attributes. */
export const fromAsn = (name: Name): NameAttribute[] =>
	Array.from(name).flatMap((rdn) =>
		Array.from(rdn, ({ type, value }): NameAttribute => {
			const known = Object.entries(oidOf).find(([, oid]) => oid === type);
			return [known?.[0] ?? type, value.toString()];
		}),
	);
