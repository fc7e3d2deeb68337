import type { Content } from '../content/content.ts';
import { derOfBer } from '../key/ber.ts';
import { derCarver } from './der.ts';

/** Finds what lies inside a container, such as the certificates of a PKCS#7 (RFC 5652), in DER or BER; false when nothing does. */
export const readCarved = (container: Buffer, content: Content, where: string): boolean => {
	let found = 0;
	const inner = content.within(where);
	const counting: Content = {
		...inner,
		key: (...given) => (found++, inner.key(...given)),
		certificate: (...given) => (found++, inner.certificate(...given)),
		request: (...given) => (found++, inner.request(...given)),
	};
	const der = container[1] === 0x80 ? derOfBer(container) : container;
	if (der === null) return false;
	const bytes = Buffer.from(der.buffer, der.byteOffset, der.length);
	derCarver(counting)(bytes, 0, 0, bytes.length);
	return found > 0;
};
