export interface Entropy {
	/** `count` fresh unpredictable bytes. */
	bytes(count: number): Uint8Array;
}
