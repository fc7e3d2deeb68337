import { type Bytes, Problem } from '@keyward/core';

// OPC UA Part 6, section 5.2: the binary encoding of the types that are read and written here.

/** A node by its namespace and its numeric or text identifier; others are only read over. */
export interface NodeId {
	readonly namespace: number;
	readonly id: number | string;
}

const malformed = (detail: string): Problem => new Problem('source-malformed', `what came is no OPC UA: ${detail}`);

/** Bytes of messages, written one value after another. */
export class OpcUaWriter {
	readonly #parts: Buffer[] = [];

	bytes(bytes: Uint8Array): this {
		this.#parts.push(Buffer.from(bytes));
		return this;
	}

	uint8(value: number): this {
		return this.bytes(Uint8Array.of(value));
	}

	uint16(value: number): this {
		const bytes = Buffer.alloc(2);
		bytes.writeUInt16LE(value);
		return this.bytes(bytes);
	}

	uint32(...values: readonly number[]): this {
		for (const value of values) {
			const bytes = Buffer.alloc(4);
			bytes.writeUInt32LE(value);
			this.bytes(bytes);
		}
		return this;
	}

	double(value: number): this {
		const bytes = Buffer.alloc(8);
		bytes.writeDoubleLE(value);
		return this.bytes(bytes);
	}

	/** 64 bits of zeros: a DateTime that says nothing. */
	noTime(): this {
		return this.uint32(0, 0);
	}

	/** Text, bytes, or null. */
	string(value: string | Uint8Array | null): this {
		if (value === null) return this.uint32(0xff_ff_ff_ff);
		const bytes = Buffer.from(value as Uint8Array);
		return this.uint32(bytes.length).bytes(bytes);
	}

	nodeId({ namespace, id }: NodeId): this {
		return typeof id === 'number'
			? this.uint8(2).uint16(namespace).uint32(id)
			: this.uint8(3).uint16(namespace).string(id);
	}

	/** The type of a structure, in namespace 0. */
	type(id: number): this {
		return this.uint8(1).uint8(0).uint16(id);
	}

	done(): Buffer {
		return Buffer.concat(this.#parts);
	}
}

/** Reads what was written so. Throws `Problem('source-malformed')` where the bytes end before. */
export class OpcUaReader {
	readonly #bytes: Buffer;
	#at: Bytes = 0;

	constructor(bytes: Buffer) {
		this.#bytes = bytes;
	}

	bytes(length: Bytes): Buffer {
		const end = this.#at + length;
		if (end > this.#bytes.length) throw malformed('a message is cut short');
		const bytes = this.#bytes.subarray(this.#at, end);
		this.#at = end;
		return bytes;
	}

	get left(): Bytes {
		return this.#bytes.length - this.#at;
	}

	uint8(): number {
		return this.bytes(1).readUInt8();
	}

	uint16(): number {
		return this.bytes(2).readUInt16LE();
	}

	uint32(): number {
		return this.bytes(4).readUInt32LE();
	}

	int32(): number {
		return this.bytes(4).readInt32LE();
	}

	double(): number {
		return this.bytes(8).readDoubleLE();
	}

	/** A ByteString; null where there is none. */
	blob(): Buffer | null {
		const length = this.int32();
		return length < 0 ? null : this.bytes(length);
	}

	string(): string | null {
		const bytes = this.blob();
		if (bytes === null) return null;
		try {
			return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
		} catch (cause) {
			throw new Problem('source-malformed', 'what came is no OPC UA: a text is not UTF-8', { cause });
		}
	}

	/** Each element of an array. CR 7.1: one takes a byte at least, so that no length makes more than came. */
	array<Item>(read: () => Item): Item[] {
		const length = this.int32();
		if (length > this.left) throw malformed('an array is longer than its message');
		return Array.from({ length: Math.max(0, length) }, read);
	}

	/** The bytes of a NodeId or ExpandedNodeId, and its number where it is in namespace 0. */
	nodeId(): { readonly raw: Buffer; readonly number: number | null } {
		const from = this.#at;
		const form = this.uint8();
		let number: number | null = null;
		switch (form & 0x3f) {
			case 0:
				number = this.uint8();
				break;
			case 1: {
				const namespace = this.uint8();
				const id = this.uint16();
				if (namespace === 0) number = id;
				break;
			}
			case 2: {
				const namespace = this.uint16();
				const id = this.uint32();
				if (namespace === 0) number = id;
				break;
			}
			case 3:
			case 5:
				this.uint16();
				this.blob();
				break;
			case 4:
				this.bytes(18);
				break;
			default:
				throw malformed('an identifier of a node has an unknown form');
		}
		if ((form & 0x80) !== 0) this.blob();
		if ((form & 0x40) !== 0) this.uint32();
		return { raw: this.#bytes.subarray(from, this.#at), number };
	}

	localizedText(): void {
		const mask = this.uint8();
		for (const bit of [1, 2]) if ((mask & bit) !== 0) this.blob();
	}

	/** Nothing in it is used: none is asked for. */
	diagnosticInfo(depth = 0): void {
		if (depth > 4) throw malformed('diagnostics are nested');
		const mask = this.uint8();
		for (const bit of [1, 2, 4, 8]) if ((mask & bit) !== 0) this.int32();
		if ((mask & 0x10) !== 0) this.blob();
		if ((mask & 0x20) !== 0) this.uint32();
		if ((mask & 0x40) !== 0) this.diagnosticInfo(depth + 1);
	}

	extensionObject(): void {
		this.nodeId();
		if (this.uint8() !== 0) this.blob();
	}
}
