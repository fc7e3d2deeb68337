import { ar } from './ar.ts';
import { throughSevenZip } from './by-7z.ts';
import { compressed } from './compressed.ts';
import { capture } from './capture.ts';
import { cpio } from './cpio.ts';
import type { Format } from './format.ts';
import { cramfs } from './cramfs.ts';
import { ext } from './ext.ts';
import { encoded } from './encoded.ts';
import { flashBlocks } from './flash-blocks.ts';
import { pdfStream } from './pdf.ts';
import { gitPack } from './git-pack.ts';
import { gzip } from './gzip.ts';
import { jffs2 } from './jffs2.ts';
import { lz4, lz4Legacy } from './lz4.ts';
import { squashfs } from './squashfs.ts';
import { tar } from './tar.ts';
import { ubi } from './ubi.ts';
import { ubifs } from './ubifs.ts';
import { xz } from './xz.ts';
import { nvs } from './nvs.ts';
import { sqlite } from './sqlite.ts';
import { vmdk } from './vmdk.ts';
import { zip } from './zip.ts';
import { zstd } from './zstd.ts';

/** All that is opened. */
export const formats: readonly Format[] = [
	gzip,
	xz,
	zstd,
	lz4,
	lz4Legacy,
	...compressed,
	...tar,
	...cpio,
	ar,
	zip,
	squashfs,
	cramfs,
	...jffs2,
	ubifs,
	ubi,
	...encoded,
	...flashBlocks,
	pdfStream,
	...throughSevenZip,
	vmdk,
	ext,
	sqlite,
	gitPack,
	...nvs,
	...capture,
];
