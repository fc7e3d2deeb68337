import { Problem } from '@keyward/core';
import { didYouMean } from '@keyward/core/policy';

/** One figure in the registers of a Modbus instrument. */
export interface ModbusRegister {
	/** Holding registers are read with function 3, input registers with function 4. */
	readonly table: 'holding' | 'input';
	/** Address of the first register as it goes over the wire, from 0: what manuals number 40101 is holding 100. */
	readonly address: number;
	readonly type: RegisterType;
	/** The register with the lower half of the figure comes first; the standard has the higher half first. */
	readonly swapWords: boolean;
	/** Within a register the lower byte comes first; the standard has the higher byte first. */
	readonly swapBytes: boolean;
}

const TYPES = {
	int16: { registers: 1, read: (view: DataView) => view.getInt16(0) },
	uint16: { registers: 1, read: (view: DataView) => view.getUint16(0) },
	int32: { registers: 2, read: (view: DataView) => view.getInt32(0) },
	uint32: { registers: 2, read: (view: DataView) => view.getUint32(0) },
	float32: { registers: 2, read: (view: DataView) => view.getFloat32(0) },
	float64: { registers: 4, read: (view: DataView) => view.getFloat64(0) },
} as const;

export type RegisterType = keyof typeof TYPES;

/** How many registers the figure takes, of 16 bits each. */
export const registerCount = ({ type }: ModbusRegister): number => TYPES[type].registers;

/**
 * Reads `holding:100:float32` or `input:0x1f:int32,swap-words,swap-bytes`. Throws `Problem('source-malformed')`.
 */
export const parseRegister = (text: string): ModbusRegister => {
	const [table = '', at = '', rest = '', ...more] = text.split(':');
	const [type = '', ...swaps] = rest.split(',');
	const known = (word: string, words: readonly string[], what: string): Problem =>
		new Problem(
			'source-malformed',
			`${JSON.stringify(word)} is no ${what}${didYouMean(word, words)} (${words.join(', ')})`,
		);
	if (more.length > 0 || at === '' || rest === '') {
		throw new Problem(
			'source-malformed',
			`${JSON.stringify(text)} is no register: write TABLE:ADDRESS:TYPE, such as holding:100:float32`,
		);
	}
	if (table !== 'holding' && table !== 'input') throw known(table, ['holding', 'input'], 'table of registers');
	if (!isType(type)) throw known(type, Object.keys(TYPES), 'type of a figure');
	const stranger = swaps.find((swap) => swap !== 'swap-words' && swap !== 'swap-bytes');
	if (stranger !== undefined) throw known(stranger, ['swap-words', 'swap-bytes'], 'order');
	const address = /^(?:\d{1,5}|0x[0-9a-fA-F]{1,4})$/.test(at) ? Number(at) : Number.NaN;
	if (!(address + TYPES[type].registers - 1 <= 0xff_ff)) {
		throw new Problem(
			'source-malformed',
			`${JSON.stringify(at)} is no address of a register: 0 to 65535, or 0x0 to 0xffff`,
		);
	}
	return {
		table,
		address,
		type,
		swapWords: swaps.includes('swap-words'),
		swapBytes: swaps.includes('swap-bytes'),
	};
};

const isType = (text: string): text is RegisterType => Object.hasOwn(TYPES, text);

/**
 * The figure in the bytes of its registers. Throws `Problem('source-malformed')` when they are too few or too many, and
 * for a float that is no number: instruments use those to say that they have none.
 */
export const readRegister = (register: ModbusRegister, bytes: Uint8Array): number => {
	const { registers, read } = TYPES[register.type];
	if (bytes.length !== registers * 2) {
		throw new Problem('source-malformed', `${bytes.length} bytes came for ${registers} registers`);
	}
	const words = Array.from({ length: registers }, (_, index) => bytes.subarray(index * 2, index * 2 + 2));
	if (register.swapWords) words.reverse();
	const ordered = Uint8Array.from(words.flatMap((word) => [...(register.swapBytes ? word.toReversed() : word)]));
	const value = read(new DataView(ordered.buffer));
	if (!Number.isFinite(value)) throw new Problem('source-malformed', `the registers hold ${value}, which is no figure`);
	return value;
};
