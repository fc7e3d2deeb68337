import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { ModbusTCPClient, UserRequestError } from 'jsmodbus';
import { type Milliseconds, Problem, seconds } from '@keyward/core';
import { type ModbusRegister, readRegister, registerCount } from './modbus-register.ts';

export interface ModbusAddress {
	readonly host: string;
	readonly port: number;
	/** The unit behind a gateway; instruments that speak TCP themselves mostly take 1 or 255. */
	readonly unitId: number;
	/** How long connecting and each answer may take. */
	readonly timeout: Milliseconds;
}

/** An answer has 260 bytes at most (Modbus TCP, section 4.1): one who sends far more is no instrument. */
const mostBytes = 1024;

/** A connection to an instrument: one request at a time. It is closed by whatever puts its answers in doubt. */
export class ModbusConnection {
	readonly #socket: Socket;
	readonly #client: ModbusTCPClient;
	readonly #timeout: Milliseconds;
	#received = 0;

	private constructor(socket: Socket, { unitId, timeout }: ModbusAddress) {
		this.#socket = socket;
		this.#timeout = timeout;
		this.#client = new ModbusTCPClient(socket, unitId, timeout);
		// Errors end the request under way by the close that follows them.
		socket.on('error', () => {});
		socket.on('data', ({ length }) => {
			this.#received += length;
			if (this.#received > mostBytes) socket.destroy();
		});
	}

	/** Throws `Problem('source-unavailable')` when there is no connection in time. */
	static async open(address: ModbusAddress, signal: AbortSignal): Promise<ModbusConnection> {
		const { host, port, timeout } = address;
		const socket = connect({ host, port, noDelay: true, keepAlive: true, keepAliveInitialDelay: seconds(30) });
		const connection = new ModbusConnection(socket, address);
		try {
			await once(socket, 'connect', { signal: AbortSignal.any([signal, AbortSignal.timeout(timeout)]) });
			return connection;
		} catch (cause) {
			socket.destroy();
			const { name, code } = cause as NodeJS.ErrnoException;
			const why = name === 'AbortError' ? `no connection within ${timeout} ms` : `no connection (${code ?? name})`;
			throw new Problem('source-unavailable', `${host} port ${port}: ${why}`, { cause });
		}
	}

	get isOpen(): boolean {
		return !this.#socket.destroyed && this.#socket.readable && this.#socket.writable;
	}

	close(): void {
		this.#socket.destroy();
	}

	/**
	 * The figure now. Throws `Problem('source-unavailable')` for an exception of the instrument, a time-out or a lost
	 * connection, and `Problem('source-malformed')` for an answer to something else than what was asked. All but an exception
	 * and an odd figure close the connection: a late answer must not be taken for that to the next request.
	 */
	async read(register: ModbusRegister): Promise<number> {
		const { address, table } = register;
		const count = registerCount(register);
		const at = `${table} register ${address}`;
		this.#received = 0;
		try {
			const asked =
				table === 'holding'
					? this.#client.readHoldingRegisters(address, count)
					: this.#client.readInputRegisters(address, count);
			const { response } = await asked;
			return readRegister(register, response.body.valuesAsBuffer);
		} catch (error) {
			if (error instanceof Problem) throw new Problem(error.code, `${at}: ${error.detail}`, { cause: error });
			if (!(error instanceof UserRequestError)) throw error;
			if (error.err !== 'ModbusException') this.close();
			throw this.#explain(error, at);
		}
	}

	#explain({ err, message }: Pick<UserRequestError<never, never>, 'err' | 'message'>, at: string): Problem {
		switch (err) {
			case 'ModbusException':
				return new Problem('source-unavailable', `${at}: ${message}`);
			case 'Timeout':
				return new Problem('source-unavailable', `${at}: no whole answer within ${this.#timeout} ms`);
			case 'Offline':
			case 'ManuallyCleared':
				return new Problem('source-unavailable', `${at}: the connection was lost`);
			case 'OutOfSync':
			case 'Protocol':
			case 'crcMismatch':
				return new Problem('source-malformed', `${at}: what came is no answer to the request`);
		}
	}
}
