/**
 * What is doubtful about a reading whose value is kept as it came: its `time` was told as near as the device could, its value
 * has been `stuck` for long, or it changed at a `rate` that its quantity does not have.
 */
export type Doubt = 'time' | 'stuck' | 'rate';

/**
 * The SenML label of these, a text with spaces between them (RFC 8428 §4.4: who does not know a label passes it over; §6: labels
 * that are not in its table are text in CBOR too).
 */
export const doubtLabel = 'doubt';
