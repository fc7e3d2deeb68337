/**
 * How a stream is sealed: 1: A256GCM, the content key wrapped by ECDH-ES+A256KW on P-256 (RFC 9053); 2: A256GCM, the content key
 * sealed by the hybrid of ML-KEM-768 and P-256. Never both in one epoch.
 */
export type Suite = 1 | 2;

export const isSuite = (value: unknown): value is Suite => value === 1 || value === 2;

/** Numbers of one epoch, its own among them: at most 2^20 texts under one content key (NIST SP 800-38D §8.3). */
export const mostNumbers = 2 ** 20;
/** Epochs of one stream. */
export const mostEpochs = 2 ** 32;
/** Readers of one stream. */
export const mostReaders = 64;
/** Of suite 2, whose recipients have 1,250 bytes each: an epoch is one message of at most 65,535 bytes (`largestPayload`). */
export const mostHybridReaders = 48;
/** Readings that one checkpoint covers. */
export const mostCovered = 64;
