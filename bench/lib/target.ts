/** A client certificate and the one topic that it may publish to. */
export interface Identity {
	/** PEM, PKCS #8. */
	readonly key: string;
	/** PEM; the certificate first, then its issuer where the server needs it. */
	readonly certificate: string;
	readonly clientId: string;
	readonly topic: string;
}

/** A server under measurement, running. */
export interface Running {
	readonly port: number;
	/** PEM of the CA that the server's certificate leads to; the name in it is `localhost`. */
	readonly ca: string;
	readonly identities: readonly Identity[];
	/** The MQTT that the load speaks with it: 4 is MQTT 3.1.1; MQTT 5 when left out. */
	readonly protocol?: 4;
	/** The server's only process; its threads count, and it has no children that do. */
	readonly pid: number;
	stop(): Promise<void>;
}

/** One side of a comparison. */
export interface Target {
	readonly name: string;
	/** One line for the report: version and settings that matter. */
	describe(): string;
	/**
	 * Makes what is needed for this many devices in the folder (keys and certificates included) and nothing twice, so
	 * that a second start in the same folder is quick.
	 */
	start(folder: string, devices: number): Promise<Running>;
}
