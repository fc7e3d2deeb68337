import type { Instant } from '@keyward/core';

/** No clock is right that says less: this program was not written yet. Raised with each release. */
export const released: Instant = Date.UTC(2026, 10, 1);
