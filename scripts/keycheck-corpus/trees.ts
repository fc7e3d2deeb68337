import { appendFileSync, readdirSync } from 'node:fs';
import { gzipSync } from 'node:zlib';
import { type Container, type Kit, noise } from './kit.ts';

const made =
	(program: string, args: readonly string[], out = 'out') =>
	(kit: Kit) => {
		kit.run(program, args);
		return kit.read(out);
	};

const cpio =
	(format: string, folder = 'tree') =>
	(kit: Kit) => {
		const names = readdirSync(kit.path(folder), { encoding: 'utf8', recursive: true });
		return kit.run('cpio', ['--quiet', '-o', '-H', format], ['.', ...names, ''].join('\n'), folder);
	};

/** An image of `size` bytes that a `mkfs` is to fill. */
const blank = (kit: Kit, size: number): void => void kit.write('out', Buffer.alloc(size));

const ext =
	(kind: string, ...more: readonly string[]) =>
	(kit: Kit) => {
		blank(kit, 4_194_304);
		kit.run(`mkfs.${kind}`, ['-q', '-F', ...more, '-d', 'tree', 'out']);
		return kit.read('out');
	};

const fat = (bits: number, size: number) => (kit: Kit) => {
	blank(kit, size);
	kit.run('mkfs.fat', ['-F', String(bits), 'out']);
	kit.run('mcopy', ['-s', '-i', 'out', 'tree/etc', 'tree/var', 'tree/bin', '::']);
	return kit.read('out');
};

const squash = (...args: readonly string[]) =>
	made('mksquashfs', ['tree', 'out', '-quiet', '-no-progress', '-noappend', '-all-root', ...args]);

const sevenZip = (type: string, ...more: readonly string[]) =>
	made('7z', ['a', '-bd', `-t${type}`, ...more, `out.${type}`, './tree/*'], `out.${type}`);

const SIZES: Readonly<Record<string, readonly string[]>> = {
	none: ['-x', 'none'],
	lzo: ['-x', 'lzo'],
	zlib: ['-x', 'zlib'],
	zstd: ['-x', 'zstd'],
};
const ubifs = (compressor: string) => (kit: Kit) => {
	kit.run('mkfs.ubifs', [
		'-r',
		'tree',
		'-m',
		'2048',
		'-e',
		'126976',
		'-c',
		'100',
		...(SIZES[compressor] ?? []),
		'-o',
		'out',
	]);
	return kit.read('out');
};

const inPartition = (kit: Kit, filesystem: Uint8Array): Uint8Array => {
	kit.write('disk', Buffer.concat([Buffer.alloc(1_048_576), filesystem, Buffer.alloc(1_048_576)]));
	kit.run('sfdisk', ['-q', 'disk'], 'label: gpt\nstart=2048, type=linux\n');
	return kit.read('disk');
};

/** What a repository keeps of a file that was changed and then deleted: one object, and the difference to it. */
const git = (pack: (run: (...args: readonly string[]) => Buffer, kit: Kit) => Uint8Array) => (kit: Kit) => {
	const run = (...args: readonly string[]): Buffer => kit.run('git', args, '', 'tree');
	const commit = (text: string): void => {
		run('add', '-A');
		run('-c', 'user.name=a', '-c', 'user.email=a@example.org', 'commit', '-qm', text);
	};
	run('init', '-q', '.');
	commit('one');
	appendFileSync(kit.path('tree/etc/devices.csv'), 'SN-4,\n');
	commit('two');
	run('rm', '-qr', 'etc');
	commit('three');
	return pack(run, kit);
};

/** Containers of files. */
export const trees: readonly Container[] = [
	{ name: 'zip', tree: made('zip', ['-q', '-r', 'out.zip', 'tree'], 'out.zip') },
	{ name: 'zip, stored', tree: made('zip', ['-q', '-0', '-r', 'out.zip', 'tree'], 'out.zip') },
	{ name: 'zip, streamed', tree: (kit) => kit.run('zip', ['-q', '-r', '-', 'tree']) },
	{ name: 'zip, bzip2', tree: sevenZip('zip', '-mm=BZip2') },
	{ name: 'zip, lzma', tree: sevenZip('zip', '-mm=LZMA') },
	{ name: 'zip, Deflate64', tree: sevenZip('zip', '-mm=Deflate64') },
	{
		name: 'zip, behind a program',
		tree: (kit) => Buffer.concat([noise(5000), made('zip', ['-q', '-r', 'out.zip', 'tree'], 'out.zip')(kit)]),
	},
	{
		name: 'zip in zip',
		tree(kit) {
			kit.run('zip', ['-q', '-r', 'in.zip', 'tree']);
			kit.run('zip', ['-q', 'out.zip', 'in.zip']);
			return kit.read('out.zip');
		},
	},
	{ name: 'tar', tree: (kit) => kit.run('tar', ['-c', 'tree']) },
	{ name: 'tar, pax', tree: (kit) => kit.run('tar', ['-c', '--format=pax', '--pax-option=comment=x', 'tree']) },
	{ name: 'tar, old', tree: (kit) => kit.run('tar', ['-c', '--format=v7', 'tree']) },
	{ name: 'tar.gz', tree: (kit) => kit.run('tar', ['-cz', 'tree']) },
	{ name: 'tar.xz', tree: (kit) => kit.run('tar', ['-cJ', 'tree']) },
	{ name: 'tar.bz2', tree: (kit) => kit.run('tar', ['-cj', 'tree']) },
	{
		name: 'container image (tar of tar.gz)',
		tree(kit) {
			kit.write('layer/layer.tar', kit.run('tar', ['-cz', 'tree']));
			return kit.run('tar', ['-c', 'layer']);
		},
	},
	{ name: 'cpio newc', tree: cpio('newc') },
	{ name: 'cpio odc', tree: cpio('odc') },
	{ name: 'cpio bin', tree: cpio('bin') },
	{ name: 'cpio crc', tree: cpio('crc') },
	{
		name: 'initramfs: cpio and cpio.gz',
		tree(kit) {
			kit.write('early/kernel/x', noise(600));
			return Buffer.concat([cpio('newc', 'early')(kit), gzipSync(cpio('newc')(kit))]);
		},
	},
	{
		name: 'ar',
		tree: made('ar', ['rc', 'out', 'tree/etc/device.pem', 'tree/etc/devices.csv', 'tree/var/log/messages']),
	},
	{
		name: 'deb',
		tree(kit) {
			kit.write(
				'debian/DEBIAN/control',
				'Package: device\nVersion: 1\nArchitecture: all\nMaintainer: a <a@example.net>\nDescription: d\n',
			);
			kit.run('cp', ['-r', 'tree/.', 'debian']);
			kit.run('dpkg-deb', ['-b', 'debian', 'out']);
			return kit.read('out');
		},
	},
	{
		name: 'deb, zstd',
		tree(kit) {
			kit.write(
				'debian/DEBIAN/control',
				'Package: device\nVersion: 1\nArchitecture: all\nMaintainer: a <a@example.net>\nDescription: d\n',
			);
			kit.run('cp', ['-r', 'tree/.', 'debian']);
			kit.run('dpkg-deb', ['-Zzstd', '-b', 'debian', 'out']);
			return kit.read('out');
		},
	},
	{
		name: 'rpm',
		tree(kit) {
			kit.write(
				'd.spec',
				`Name: device\nVersion: 1\nRelease: 1\nSummary: d\nLicense: x\nBuildArch: noarch\n%description\nd\n%install\nmkdir -p %{buildroot}/opt\ncp -r ${kit.path('tree')} %{buildroot}/opt/device\n%files\n/opt/device\n`,
			);
			kit.run('rpmbuild', [
				'-bb',
				'--quiet',
				'--define',
				`_topdir ${kit.path('rpm')}`,
				'--define',
				'__os_install_post %{nil}',
				'd.spec',
			]);
			return kit.read('rpm/RPMS/noarch/device-1-1.noarch.rpm');
		},
	},
	...['gzip', 'xz', 'lzo', 'lz4', 'zstd', 'lzma'].map((compressor): Container => ({
		name: `SquashFS, ${compressor}`,
		tree: squash('-comp', compressor),
	})),
	{ name: 'SquashFS, no fragments, uncompressed tables', tree: squash('-no-fragments', '-noI', '-no-xattrs') },
	{
		name: 'SquashFS behind 12,345 octets',
		tree: (kit) => Buffer.concat([noise(12_345), squash('-comp', 'xz')(kit), noise(99)]),
	},
	...Object.keys(SIZES).map((compressor): Container => ({ name: `UBIFS, ${compressor}`, tree: ubifs(compressor) })),
	{
		name: 'UBI with UBIFS',
		tree(kit) {
			kit.write('fs', ubifs('lzo')(kit));
			kit.write(
				'u.ini',
				'[fs]\nmode=ubi\nimage=fs\nvol_id=0\nvol_type=dynamic\nvol_name=rootfs\nvol_flags=autoresize\nvol_size=8MiB\n',
			);
			kit.run('ubinize', ['-o', 'out', '-m', '2048', '-p', '128KiB', 'u.ini']);
			return kit.read('out');
		},
	},
	{ name: 'JFFS2', tree: made('mkfs.jffs2', ['-r', 'tree', '-e', '65536', '-o', 'out']) },
	{
		name: 'JFFS2, big-endian, padded',
		tree: made('mkfs.jffs2', ['-b', '-p', '-r', 'tree', '-e', '65536', '-o', 'out']),
	},
	{
		name: 'JFFS2, lzo only',
		tree: made('mkfs.jffs2', ['-r', 'tree', '-e', '65536', '-X', 'lzo', '-x', 'zlib', '-x', 'rtime', '-o', 'out']),
	},
	{
		name: 'JFFS2, rtime only',
		tree: made('mkfs.jffs2', ['-r', 'tree', '-e', '65536', '-x', 'zlib', '-x', 'lzo', '-o', 'out']),
	},
	{ name: 'cramfs', tree: made('mkfs.cramfs', ['tree', 'out']) },
	{ name: 'romfs', tree: made('genromfs', ['-d', 'tree', '-f', 'out']) },
	{ name: 'ext2', tree: ext('ext2') },
	{ name: 'ext3', tree: ext('ext3') },
	{ name: 'ext4', tree: ext('ext4') },
	{ name: 'ext4, inline data', tree: ext('ext4', '-O', 'inline_data', '-I', '512') },
	{ name: 'ext4 in a GPT', tree: (kit) => inPartition(kit, ext('ext4')(kit)) },
	{ name: 'FAT12', tree: fat(12, 2_097_152) },
	{ name: 'FAT16', tree: fat(16, 16_777_216) },
	{ name: 'FAT32', tree: fat(32, 40_000_000) },
	{ name: 'ISO 9660', tree: made('genisoimage', ['-quiet', '-o', 'out', 'tree']) },
	{ name: 'ISO 9660, Rock Ridge and Joliet', tree: made('genisoimage', ['-quiet', '-R', '-J', '-o', 'out', 'tree']) },
	{ name: 'EROFS', tree: made('mkfs.erofs', ['out', 'tree']) },
	{ name: 'EROFS, lz4hc', tree: made('mkfs.erofs', ['-zlz4hc', 'out', 'tree']) },
	{ name: '7z', tree: sevenZip('7z') },
	{ name: '7z, LZMA', tree: sevenZip('7z', '-m0=LZMA') },
	{ name: '7z, PPMd', tree: sevenZip('7z', '-m0=PPMd') },
	{ name: '7z, stored', tree: sevenZip('7z', '-mx=0') },
	{ name: 'WIM', tree: sevenZip('wim') },
	{ name: 'shar', tree: (kit) => kit.run('shar', ['-q', '-B', 'tree']) },
	{
		name: 'self-extracting script with tar.gz',
		tree: (kit) =>
			Buffer.concat([Buffer.from('#!/bin/sh\ntail -n +3 $0 | tar xz\nexit\n'), kit.run('tar', ['-cz', 'tree'])]),
	},
	{
		name: 'Git pack',
		tree: git((run, kit) => {
			run('gc', '-q');
			const packs = 'tree/.git/objects/pack';
			return Buffer.concat(
				readdirSync(kit.path(packs))
					.filter((name) => name.endsWith('.pack'))
					.map((name) => kit.read(`${packs}/${name}`)),
			);
		}),
	},
	{
		name: 'Git pack, by names',
		tree: git((run, kit) =>
			kit.run('git', ['pack-objects', '-q', '--stdout'], run('rev-list', '--objects', '--all'), 'tree'),
		),
	},
	{
		name: 'Git bundle',
		tree: git((run, kit) => {
			run('bundle', 'create', '-q', '../out', '--all');
			return kit.read('out');
		}),
	},
];
