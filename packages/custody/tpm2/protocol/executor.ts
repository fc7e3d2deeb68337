/** What takes marshalled commands: a `Tpm`, or a connection that is being made. */
export interface Executor {
	/** Gives the whole response, whatever its code says. */
	execute(command: Uint8Array): Promise<Uint8Array>;
}
