/** A moment: whole milliseconds since 1970-01-01T00:00:00Z. */
export type Instant = number & { readonly unit?: 'ms since 1970' };

export const instant = (when: Date | string | number): Instant => new Date(when).getTime();
