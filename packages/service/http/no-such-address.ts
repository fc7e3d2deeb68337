/** Thrown where an address of several turns out to be none: it is answered as every other address that leads nowhere. */
export const noSuchAddress = new Error('no such address');
