import { crc32, deflateRawSync } from 'node:zlib';

const LENGTH = 30;

/** A ZIP archive (APPNOTE 4.3) of one file, with its length and CRC before or, `streamed`, behind it; `flaw` is XORed to the CRC. */
export const zipOf = (
	name: string,
	content: Buffer,
	{ streamed, flaw }: { readonly streamed: boolean; readonly flaw: number },
): Buffer => {
	const packed = deflateRawSync(content);
	const sums = Buffer.alloc(12);
	sums.writeUInt32LE((crc32(content) ^ flaw) >>> 0, 0);
	sums.writeUInt32LE(packed.length, 4);
	sums.writeUInt32LE(content.length, 8);
	const head = Buffer.alloc(LENGTH);
	head.write('PK\u0003\u0004', 'latin1');
	head.writeUInt16LE(20, 4);
	head.writeUInt16LE(streamed ? 8 : 0, 6);
	head.writeUInt16LE(8, 8);
	if (!streamed) sums.copy(head, 14);
	head.writeUInt16LE(name.length, 26);
	const behind = streamed ? [Buffer.from('PK\u0007\u0008', 'latin1'), sums] : [];
	const local = Buffer.concat([head, Buffer.from(name), packed, ...behind]);
	const central = Buffer.alloc(46);
	central.write('PK\u0001\u0002', 'latin1');
	head.copy(central, 6, 4, LENGTH);
	sums.copy(central, 16);
	const end = Buffer.alloc(22);
	end.write('PK\u0005\u0006', 'latin1');
	end.writeUInt16LE(1, 8);
	end.writeUInt16LE(1, 10);
	end.writeUInt32LE(central.length + name.length, 12);
	end.writeUInt32LE(local.length, 16);
	return Buffer.concat([local, central, Buffer.from(name), end]);
};
