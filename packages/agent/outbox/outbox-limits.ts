/** How much an outbox holds. */
export interface OutboxLimits {
	/** The most readings that may wait. */
	readonly waiting: number;
	/** The most refused readings that are kept; the oldest is dropped for the next, and counted. */
	readonly refused: number;
	/** How many delivered identities are remembered, so that a source read again is not sent again. */
	readonly delivered: number;
}

export const defaultLimits: OutboxLimits = { waiting: 1_000_000, refused: 10_000, delivered: 10_000 };
