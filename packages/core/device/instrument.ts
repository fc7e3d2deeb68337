/** What an instrument outside the device's own machine is read through. */
export const wires = ['serial', 'modbus-rtu', 'modbus-tcp', 'sdi-12', 'm-bus', 'opc-ua', 'http', 'mqtt'] as const;

type Wire = (typeof wires)[number];

/** An instrument behind a device, which is a gateway then: a component with its wire as a conduit (IEC 62443-3-2). */
export interface Instrument {
	readonly wire: Wire;
	/** The wire is encrypted and the instrument, or what answers for it, shows a certificate. */
	readonly protected: boolean;
	/** What it measures, in order; empty where that is not known before it is heard. */
	readonly streams: readonly string[];
}

/** CR 7.1: most streams that one instrument names in a report. */
export const MOST_STREAMS = 64;
