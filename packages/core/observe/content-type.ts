/**
 * What a record's payload is. The number is stored and covered by the ledger: it never changes its meaning.
 * `value`: the canonical bytes of a value and its unit (`record.ts`). `cose-encrypt0`: `application/cose;
 * cose-type="cose-encrypt0"` (RFC 9052 §11.3.2), which only its readers open.
 * `cose-sign1`: what a sealed stream's device signed: an epoch, a checkpoint, or one reading; its payload says which.
 */
export const contentType = { value: 0, 'cose-encrypt0': 1, 'cose-sign1': 2 } as const;

export type ContentType = (typeof contentType)[keyof typeof contentType];

const known: readonly number[] = Object.values(contentType);

export const isContentType = (code: number): code is ContentType => known.includes(code);
