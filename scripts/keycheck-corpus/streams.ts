import { deflateSync, gzipSync, zstdCompressSync } from 'node:zlib';
import { type Container, type Kit, noise } from './kit.ts';

const piped =
	(program: string, ...args: readonly string[]) =>
	(bytes: Buffer, kit: Kit): Uint8Array =>
		kit.run(program, args, bytes);

const times = (n: number, wrap: (bytes: Buffer) => Buffer) => (bytes: Buffer) =>
	Array.from({ length: n }).reduce<Buffer>((inside) => wrap(inside), bytes);

/** A memory image with the bytes at an odd place. */
const image = (bytes: Buffer): Buffer => Buffer.concat([Buffer.alloc(1013, 0xff), bytes, Buffer.alloc(515)]);

const srec =
	(...args: readonly string[]) =>
	(bytes: Buffer, kit: Kit): Uint8Array => {
		kit.write('in.bin', image(bytes));
		kit.run('srec_cat', ['in.bin', '-binary', '-offset', '0x8000', '-o', 'out', ...args]);
		return kit.read('out');
	};

const uf2 = (bytes: Buffer): Buffer => {
	const whole = image(bytes);
	const blocks = Math.ceil(whole.length / 256);
	return Buffer.concat(
		Array.from({ length: blocks }, (_, index) => {
			const block = Buffer.alloc(512);
			const part = whole.subarray(index * 256, (index + 1) * 256);
			for (const [word, value] of [
				0x0a324655,
				0x9e5d5157,
				0x2000,
				0x10000000 + index * 256,
				256,
				index,
				blocks,
				0xe48bff56,
			].entries())
				block.writeUInt32LE(value, word * 4);
			part.copy(block, 32);
			block.writeUInt32LE(0x0ab16f30, 508);
			return block;
		}),
	);
};

const qemu = (format: string, more: readonly string[]) => (bytes: Buffer, kit: Kit) => {
	kit.write('disk', Buffer.concat([Buffer.alloc(65_536), bytes, Buffer.alloc(1_048_576 - bytes.length)]));
	kit.run('qemu-img', ['convert', '-f', 'raw', '-O', format, ...more, 'disk', 'out']);
	return kit.read('out');
};

/** Containers of one stream of bytes. */
export const streams: readonly Container[] = [
	{ name: 'gzip', stream: (bytes) => gzipSync(bytes) },
	{ name: 'gzip four deep', stream: times(4, (bytes) => gzipSync(bytes)) },
	{ name: 'gzip behind noise', stream: (bytes) => Buffer.concat([noise(777), gzipSync(bytes), noise(99)]) },
	{ name: 'zlib', stream: (bytes) => deflateSync(bytes) },
	{ name: 'Zstandard', stream: (bytes) => zstdCompressSync(bytes) },
	{ name: 'Zstandard behind noise', stream: (bytes) => Buffer.concat([noise(777), zstdCompressSync(bytes), noise(9)]) },
	{ name: 'xz', stream: piped('xz', '-c') },
	{
		name: 'xz, CRC32, behind noise',
		stream: (bytes, kit) => Buffer.concat([noise(777), kit.run('xz', ['-c', '--check=crc32'], bytes), noise(50)]),
	},
	{ name: 'xz with x86 filter', stream: piped('xz', '-c', '--x86', '--lzma2') },
	{ name: 'lzma', stream: piped('xz', '-c', '--format=lzma') },
	{ name: 'lzip', stream: piped('lzip', '-c') },
	{ name: 'bzip2', stream: piped('bzip2', '-c') },
	{
		name: 'bzip2 behind noise',
		stream: (bytes, kit) => Buffer.concat([noise(777), kit.run('bzip2', ['-c'], bytes), noise(50)]),
	},
	{ name: 'lz4', stream: piped('lz4', '-c') },
	{ name: 'lz4, legacy', stream: piped('lz4', '-l', '-c') },
	{ name: 'lzop', stream: piped('lzop', '-c') },
	{ name: 'compress (.Z)', stream: (bytes, kit) => kit.run('compress', ['-c', '-f'], bytes) },
	{
		name: 'gzip in xz in bzip2 in zstd',
		stream: (bytes, kit) => zstdCompressSync(kit.run('bzip2', ['-c'], kit.run('xz', ['-c'], gzipSync(bytes)))),
	},
	{
		name: 'base64 of gzip',
		stream: (bytes) => Buffer.from(gzipSync(bytes).toString('base64').replaceAll(/.{76}/g, '$&\n')),
	},
	{ name: 'uuencode', stream: piped('uuencode', 'device') },
	{ name: 'xxd', stream: piped('xxd') },
	{ name: 'xxd -i', stream: piped('xxd', '-i') },
	{ name: 'xxd -p', stream: piped('xxd', '-p') },
	{ name: 'hexdump -C', stream: piped('hexdump', '-C') },
	{ name: 'od -t x1', stream: piped('od', '-A', 'x', '-t', 'x1') },
	{ name: 'Intel HEX', stream: srec('-intel') },
	{ name: 'S-record', stream: srec('-motorola') },
	{ name: 'TI-TXT', stream: srec('-ti_txt') },
	{ name: 'Verilog VMEM', stream: srec('-vmem', '8') },
	{ name: 'Tektronix extended', stream: srec('-tektronix_extended') },
	{ name: 'UF2', stream: uf2 },
	{
		name: 'Android sparse',
		stream(bytes, kit) {
			kit.write('raw', Buffer.concat([Buffer.alloc(40_960), bytes, Buffer.alloc(8192 - (bytes.length % 4096))]));
			kit.run('img2simg', ['raw', 'out']);
			return kit.read('out');
		},
	},
	{
		name: 'uImage with gzip',
		stream(bytes, kit) {
			kit.write('in.gz', gzipSync(bytes));
			kit.run('mkimage', ['-A', 'arm', '-T', 'ramdisk', '-C', 'gzip', '-n', 'device', '-d', 'in.gz', 'out']);
			return kit.read('out');
		},
	},
	{
		name: 'uImage with lzma',
		stream(bytes, kit) {
			kit.write('in.lzma', kit.run('xz', ['-c', '--format=lzma'], bytes));
			kit.run('mkimage', ['-A', 'mips', '-T', 'kernel', '-C', 'lzma', '-n', 'device', '-d', 'in.lzma', 'out']);
			return kit.read('out');
		},
	},
	{
		name: 'FIT',
		stream(bytes, kit) {
			kit.write('in.gz', gzipSync(bytes));
			kit.write(
				'image.its',
				'/dts-v1/; / { description = "d"; images { fs { description = "fs"; data = /incbin/("in.gz"); type = "ramdisk"; arch = "arm"; os = "linux"; compression = "gzip"; hash-1 { algo = "sha256"; }; }; }; configurations { default = "c"; c { description = "c"; ramdisk = "fs"; }; }; };',
			);
			kit.run('mkimage', ['-f', 'image.its', 'out']);
			return kit.read('out');
		},
	},
	{
		name: 'device tree blob',
		stream(bytes, kit) {
			kit.write('in.bin', bytes);
			kit.write('d.dts', '/dts-v1/; / { compatible = "x"; keys { blob = /incbin/("in.bin"); }; };');
			return kit.run('dtc', ['-I', 'dts', '-O', 'dtb', 'd.dts']);
		},
	},
	{
		name: 'ELF object',
		stream(bytes, kit) {
			kit.write('in.bin', bytes);
			kit.run('ld', ['-r', '-b', 'binary', '-o', 'out', 'in.bin']);
			return kit.read('out');
		},
	},
	{ name: 'QCOW2', stream: qemu('qcow2', []) },
	{ name: 'QCOW2, compressed', stream: qemu('qcow2', ['-c']) },
	{ name: 'VMDK, stream-optimised', stream: qemu('vmdk', ['-o', 'subformat=streamOptimized']) },
	{ name: 'VHD', stream: qemu('vpc', []) },
	{ name: 'VDI', stream: qemu('vdi', []) },
];
