/** A size in bytes. */
export type Bytes = number & { readonly unit?: 'B' };

export const bytes = (n: number): Bytes => n;
