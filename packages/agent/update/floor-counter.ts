/** A floor that only rises, in a part that whoever can write to the folder cannot turn back. */
export interface FloorCounter {
	/** 0 before the first confirmation. */
	read(): Promise<number>;
	/** Durable when it resolves; nothing happens where it is as high already. */
	raise(floor: number): Promise<void>;
}
