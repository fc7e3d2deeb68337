/**
 * What is doubtful about a reading whose value is kept as it came: its `time` was told as near as the device could, its value
 * has been `stuck` for long, or it changed at a `rate` that its quantity does not have. `essential`: it is in only because its
 * stream is essential; its device's certificate had ended, or it was quarantined.
 */
export type Doubt = 'time' | 'stuck' | 'rate' | 'essential';

/**
 * What a reader is shown of a record: its doubts, and whether it is `tainted`, which is no part of what is stored: its device was
 * contained, and sent it when it may have been somebody else's (`@keyward/core/incident`).
 */
export type ShownDoubt = Doubt | 'tainted';

/** As bits of the first byte of a record's canonical bytes. They are stored: they never change their meaning. */
export const doubtBit: Readonly<Record<Doubt, number>> = { time: 0x10, stuck: 0x20, rate: 0x40, essential: 0x80 };

/** The bits of all doubts, and the rest, which is the kind of value. */
export const doubtBits = 0xf0;

export const doubtsOf = (bits: number): readonly Doubt[] =>
	(Object.keys(doubtBit) as Doubt[]).filter((doubt) => (bits & doubtBit[doubt]) !== 0);

/**
 * The SenML label of doubts, a text with spaces between them (RFC 8428 §4.4: who does not know a label passes it over; §6: labels
 * that are not in its table are text in CBOR too).
 */
export const doubtLabel = 'doubt';
