/**
 * Numbers that are given once, such as those of a CA's revocation lists (RFC 5280 §5.2.3: monotonically increasing).
 *
 * Durable before it is given, so that a number that was seen outside never comes again, after a crash either; of two instances that
 * ask at once each gets its own. A restored backup has forgotten the latest numbers: give the clock as `floor`, and it goes on above
 * them (for as long as the clock is not behind the time of the last, and fewer are given than milliseconds pass); a number that
 * others still know is raised to by taking the one after it.
 */
export interface NumberStore {
	/** The next number under this name: above every one before it, and no less than `floor`. A whole number. */
	takeNumber(name: string, floor: number): Promise<number>;
}
