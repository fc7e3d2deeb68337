import assert from 'node:assert/strict';

// The fields of a packet, read strictly (MQTT 5 §1.5).

/** Value of a property: number, string, octets, or a pair of strings. */
export type PropertyValue = number | string | Buffer | readonly [string, string];
export type Properties = ReadonlyMap<number, readonly PropertyValue[]>;

type Kind = 'byte' | 'u16' | 'u32' | 'varint' | 'text' | 'data' | 'pair';

/** Properties that servers send (MQTT 5 table 2-4). Topic Alias and Subscription Identifier are not offered here. */
const kinds: ReadonlyMap<number, Kind> = new Map([
	[0x01, 'byte'],
	[0x02, 'u32'],
	[0x03, 'text'],
	[0x08, 'text'],
	[0x09, 'data'],
	[0x11, 'u32'],
	[0x12, 'text'],
	[0x13, 'u16'],
	[0x1a, 'text'],
	[0x1c, 'text'],
	[0x1f, 'text'],
	[0x21, 'u16'],
	[0x22, 'u16'],
	[0x24, 'byte'],
	[0x25, 'byte'],
	[0x26, 'pair'],
	[0x27, 'u32'],
	[0x28, 'byte'],
	[0x29, 'byte'],
	[0x2a, 'byte'],
]);

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** What is left of a packet; each call takes its next field. */
export class Body {
	readonly #bytes: Buffer;
	#at = 0;

	constructor(bytes: Buffer) {
		this.#bytes = bytes;
	}

	get left(): number {
		return this.#bytes.length - this.#at;
	}

	take(length: number): Buffer {
		assert(length <= this.left, 'the packet ends before its last field');
		this.#at += length;
		return this.#bytes.subarray(this.#at - length, this.#at);
	}

	byte(): number {
		return this.take(1).readUInt8();
	}

	u16(): number {
		return this.take(2).readUInt16BE();
	}

	data(): Buffer {
		return this.take(this.u16());
	}

	text(): string {
		const text = utf8.decode(this.data());
		assert(!text.includes('\0'), 'a string holds U+0000');
		return text;
	}

	varint(): number {
		let value = 0;
		for (let count = 0; count < 4; count++) {
			const byte = this.byte();
			value += (byte & 0x7f) * 128 ** count;
			if (byte >= 0x80) continue;
			assert(count === 0 || byte !== 0, 'a length has more bytes than it needs');
			return value;
		}
		return assert.fail('a length has five bytes');
	}

	value(kind: Kind): PropertyValue {
		switch (kind) {
			case 'byte':
				return this.byte();
			case 'u16':
				return this.u16();
			case 'u32':
				return this.take(4).readUInt32BE();
			case 'varint':
				return this.varint();
			case 'text':
				return this.text();
			case 'data':
				return this.data();
			case 'pair':
				return [this.text(), this.text()];
		}
	}

	properties(allowed: readonly number[]): Properties {
		const body = new Body(this.take(this.varint()));
		const found = new Map<number, PropertyValue[]>();
		while (body.left > 0) {
			const id = body.varint();
			const kind = kinds.get(id);
			assert(kind !== undefined && allowed.includes(id), `property 0x${id.toString(16)} is not for this packet`);
			const before = found.get(id) ?? [];
			assert(before.length === 0 || kind === 'pair', `property 0x${id.toString(16)} comes twice`);
			found.set(id, [...before, body.value(kind)]);
		}
		return found;
	}

	done(): void {
		assert.equal(this.left, 0, 'the packet goes on after its last field');
	}
}
