/** Takes what comes out of something packed. Throws what ends the reading of it, and keeps none of the chunk's memory when it has resolved. */
export type Give = (chunk: Buffer) => Promise<void>;
