import { Problem } from '@keyward/core';
import { didYouMean } from '@keyward/core/spelling';

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
	/** Bits, as a number without a sign, that stand for "no value". */
	readonly noValue: readonly number[];
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
 * Reads `holding:100:float32`, `input:0x1f:int32,swap-words,swap-bytes` or `input:3:int16,no-value=0x7fff`. Throws `Problem('source-malformed')`.
 */
export const parseRegister = (text: string): ModbusRegister => {
	const [table = '', at = '', rest = '', ...more] = text.split(':');
	const [type = '', ...options] = rest.split(',');
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
	const stranger = options.find((option) => !OPTIONS.includes(option) && !option.startsWith('no-value='));
	if (stranger !== undefined) throw known(stranger, [...OPTIONS, 'no-value=CODE'], 'order or option of a register');
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
		swapWords: options.includes('swap-words'),
		swapBytes: options.includes('swap-bytes'),
		noValue: options.flatMap((option) => noValueCodes(option, type)),
	};
};

/** SunSpec's "not implemented" (Device Information Model Specification, section 4.2); of floats it is NaN, which is no figure anyway. */
const SUNSPEC: Readonly<Partial<Record<RegisterType, number>>> = {
	int16: 0x80_00,
	uint16: 0xff_ff,
	int32: 0x80_00_00_00,
	uint32: 0xff_ff_ff_ff,
};

const OPTIONS: readonly string[] = ['swap-words', 'swap-bytes', 'sunspec'];

/** The codes of `no-value=0x7fff` or `sunspec`. Throws `Problem('source-malformed')` for one that the type cannot hold. */
const noValueCodes = (option: string, type: RegisterType): number[] => {
	const convention = SUNSPEC[type];
	if (option === 'sunspec') return convention === undefined ? [] : [convention];
	if (!option.startsWith('no-value=')) return [];
	const text = option.slice('no-value='.length);
	const bits = TYPES[type].registers * 16;
	const code = /^(?:-?\d{1,10}|0x[0-9a-fA-F]{1,8})$/.test(text) ? Number(text) : Number.NaN;
	const least = type === 'int16' || type === 'int32' ? -(2 ** (bits - 1)) : 0;
	if (convention === undefined || !(code >= least && code < 2 ** bits)) {
		throw new Problem(
			'source-malformed',
			`${JSON.stringify(text)} is no code of ${type}: write the bits of an integer type, such as no-value=0x8000`,
		);
	}
	return [code < 0 ? code + 2 ** bits : code];
};

const isType = (text: string): text is RegisterType => Object.hasOwn(TYPES, text);

/**
 * The figure in the bytes of its registers. Throws `Problem('source-malformed')` when they are too few or too many, and
 * for a float that is no number: instruments use those to say that they have none. Throws `Problem('source-no-value')`
 * for a code of the register's that says so.
 */
export const readRegister = (register: ModbusRegister, bytes: Uint8Array): number => {
	const { registers, read } = TYPES[register.type];
	if (bytes.length !== registers * 2) {
		throw new Problem('source-malformed', `${bytes.length} bytes came for ${registers} registers`);
	}
	const words = Array.from({ length: registers }, (_, index) => bytes.subarray(index * 2, index * 2 + 2));
	if (register.swapWords) words.reverse();
	const ordered = Uint8Array.from(words.flatMap((word) => [...(register.swapBytes ? word.toReversed() : word)]));
	// Integrity (input-refused): 0x8000 of a sensor that is not there would be believed as -32768.
	const bits = ordered.reduce((sum, byte) => sum * 256 + byte, 0);
	if (register.noValue.includes(bits)) {
		const code = `0x${Buffer.from(ordered).toString('hex')}`;
		throw new Problem('source-no-value', `the instrument says that it has no value (${code})`);
	}
	const value = read(new DataView(ordered.buffer));
	if (!Number.isFinite(value)) throw new Problem('source-malformed', `the registers hold ${value}, which is no figure`);
	return value;
};
