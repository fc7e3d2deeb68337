import type { Instant } from '../units/instant.ts';

export interface Clock {
	now(): Instant;
}
