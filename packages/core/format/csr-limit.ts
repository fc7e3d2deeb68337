import { type Bytes, bytes } from '../units/bytes.ts';

/** The longest PKCS #10 request that is read: one with an RSA-8192 key and every extension we allow is below 3 KB. */
export const CSR_LIMIT: Bytes = bytes(16_384);
