/** Something in somebody's files that could not be read. What lies around it was. */
export interface ScanProblem {
	readonly file: string;
	/** One sentence without a full stop; no secret. */
	readonly reason: string;
	/** How often in this file, and where first. */
	readonly count: number;
	readonly first: string | null;
	/** Nothing of a file is missed by it: a link back, a pipe. */
	readonly harmless?: true;
}
