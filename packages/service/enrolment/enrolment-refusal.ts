import type { Refusal } from '@keyward/core';
import type { PrincipalName } from '@keyward/core/port';

/** Told of what a caller of EST was refused, with the holder of the token or certificate that it showed; null where nobody has it. */
export type OnRefused = (holder: PrincipalName | null, refusals: readonly Refusal[]) => void;
