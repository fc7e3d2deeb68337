import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { copyFile, mkdir, mkdtemp, readFile, rename, rm, stat, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Installer, UpdateTarget } from '@keyward/core/update';
import { needs } from '@keyward/testing/debian';
import { settingsFile, updateFolder } from './settings.ts';

/** A machine with two slots, and a device folder on it. */
export interface Machine {
	readonly folder: string;
	/** Makes a signed image of this version, with so many random bytes in it. */
	release(version: string, securityFloor: number, bytes?: number): Promise<Release>;
	/** Which version the next start would bring, whole; null when what would start is no version that was made. */
	next(): Promise<string | null>;
	/** Starts it again. */
	boot(): Promise<void>;
	readonly environment: Readonly<Record<string, string>>;
}

export interface Release {
	readonly target: UpdateTarget;
	readonly file: string;
}

const run = (command: string, words: readonly string[], cwd?: string): string => {
	const { status, stdout, stderr } = spawnSync(command, words, { encoding: 'utf8', ...(cwd !== undefined && { cwd }) });
	if (status !== 0) throw new Error(`${command} ${words.join(' ')}: ${stderr}${stdout}`);
	return stdout;
};

const SLOTS = ['a', 'b'] as const;

/** A boot loader that keeps which slot is first in a file, as RAUC's custom backend and as the programs of the other installers. */
const bootLoader = async (folder: string): Promise<string> => {
	const program = join(folder, 'boot.sh');
	await writeFile(
		program,
		`#!/bin/sh
cd ${folder} || exit 1
set_primary() { echo "$1" > primary.new && sync primary.new && mv primary.new primary; }
other() { if [ "$1" = a ]; then echo b; else echo a; fi; }
case "$1" in
status) echo "$(cat booted) $(other "$(cat booted)")";;
install)
	cp "$KEYWARD_IMAGE" slot-new && sync slot-new && mv slot-new "slot-$KEYWARD_SLOT" && set_primary "$KEYWARD_SLOT";;
fall-back) set_primary "$KEYWARD_SLOT";;
get-primary) cat primary;;
set-primary) set_primary "$2";;
get-state) cat "state-$2" 2>/dev/null || echo good;;
set-state) echo "$3" > "state-$2";;
set-good) echo good > "state-$2";;
*) exit 2;;
esac
`,
		{ mode: 0o755 },
	);
	for (const file of ['primary', 'booted']) await writeFile(join(folder, file), 'a\n');
	return program;
};

const selfSigned = (folder: string): { readonly key: string; readonly certificate: string } => {
	const [key, certificate] = [join(folder, 'key.pem'), join(folder, 'certificate.pem')];
	const use = ['-addext', 'extendedKeyUsage=emailProtection,codeSigning', '-addext', 'keyUsage=digitalSignature'];
	const subject = ['-subj', '/CN=manufacturer', '-days', '30', '-keyout', key, '-out', certificate, ...use];
	run('openssl', ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', ...subject]);
	return { key, certificate };
};

const targetOf = async (version: string, securityFloor: number, installer: Installer, file: string) => {
	const bytes = await readFile(file);
	return {
		path: `releases/hall/probe/${version}/image`,
		...{ release: version, securityFloor, installer, length: bytes.length },
		sha256: createHash('sha256').update(bytes).digest('hex'),
	};
};

/** Null, and the test skipped by name, where this machine has not what the installer needs. */
export const makeMachine = async (t: TestContext, installer: Installer): Promise<Machine | null> => {
	if (!needs(t, 'openssl') || !needs(t, 'flock')) return null;
	if (installer === 'rauc') {
		if (!needs(t, 'rauc') || !needs(t, 'mksquashfs')) return null;
		if (!needs(t, 'dbus-daemon')) return null;
		if (process.getuid?.() !== 0 || !existsSync('/dev/loop-control')) {
			t.skip('needs the right to mount a bundle (root, loop devices)');
			return null;
		}
	}
	if (installer === 'swupdate' && (!needs(t, 'swupdate') || !needs(t, 'cpio'))) return null;
	const home = await mkdtemp(join(tmpdir(), 'kw-machine-'));
	/** Called before the folder is removed, in which they mount something. */
	const endings: (() => Promise<void>)[] = [];
	t.after(async () => {
		for (const end of endings) await end();
		await rm(home, { recursive: true, force: true });
	});
	const folder = join(home, 'device');
	await mkdir(updateFolder(folder), { recursive: true });
	const disk = join(home, 'disk');
	await mkdir(disk);
	const boot = await bootLoader(disk);
	const made = new Map<string, string>();
	const contents = async (version: string, bytes: number): Promise<string> => {
		const file = join(home, `content-${version}`);
		const body = Buffer.concat([Buffer.from(`${version}\n`), randomBytes(bytes)]);
		await writeFile(file, body);
		made.set(createHash('sha256').update(body).digest('hex'), version);
		return file;
	};
	/** A slot's contents; those of raw slots have the length of the largest image. */
	const versionIn = async (file: string, lengths: readonly number[]): Promise<string | null> => {
		const bytes = await readFile(file).catch(() => Buffer.alloc(0));
		for (const length of [bytes.length, ...lengths]) {
			const version = made.get(createHash('sha256').update(bytes.subarray(0, length)).digest('hex'));
			if (version !== undefined) return version;
		}
		return null;
	};
	const lengths: number[] = [];
	const settle = (settings: object): Promise<void> =>
		writeFile(settingsFile(folder), JSON.stringify({ installer, ...settings }));
	const primary = async (): Promise<string> => (await readFile(join(disk, 'primary'), 'utf8')).trim();
	const reboot = (): Promise<void> => copyFile(join(disk, 'primary'), join(disk, 'booted'));
	const image = async (version: string, bytes: number, pack: (content: string, file: string) => Promise<void>) => {
		const content = await contents(version, bytes);
		lengths.push((await stat(content)).size);
		const file = join(home, `${version}.image`);
		await pack(content, file);
		return file;
	};
	const machine = (
		pack: (content: string, file: string, version: string) => Promise<void>,
		more: Partial<Machine> = {},
	): Machine => ({
		...{ folder, boot: reboot, environment: {} },
		next: async () => versionIn(join(disk, `slot-${await primary()}`), lengths),
		release: async (version, securityFloor, bytes = 300_000) => {
			const file = await image(version, bytes, (content, to) => pack(content, to, version));
			return { file, target: await targetOf(version, securityFloor, installer, file) };
		},
		...more,
	});

	if (installer === 'directory') {
		const slots = join(disk, 'slots');
		await settle({ slots });
		return machine(
			async (content, file) => {
				const from = join(home, 'tree');
				await rm(from, { recursive: true, force: true });
				await mkdir(join(from, 'bin'), { recursive: true });
				await copyFile(content, join(from, 'bin', 'program'));
				run('tar', ['-cf', file, '-C', from, 'bin']);
			},
			{ boot: async () => undefined, next: () => versionIn(join(slots, 'current', 'bin', 'program'), []) },
		);
	}
	if (installer === 'command') {
		const program = (word: string) => ({ program: boot, arguments: [word] });
		await settle({ status: program('status'), install: program('install'), 'fall-back': program('fall-back') });
		return machine(async (content, file) => rename(content, file));
	}
	const { key, certificate } = selfSigned(home);
	for (const slot of SLOTS) {
		await writeFile(join(disk, `slot-${slot}`), '');
		await truncate(join(disk, `slot-${slot}`), 1_000_000);
	}
	if (installer === 'swupdate') {
		await settle({ key: certificate, hardware: 'probe:1.0', boot: { program: boot } });
		return machine(async (content, file, version) =>
			swupdateImage(home, disk, content, file, version, certificate, key),
		);
	}
	await settle({});
	const service = await raucService((end) => endings.push(end), home, disk, boot, certificate);
	return machine(async (content, file, version) => raucBundle(home, content, file, version, certificate, key), {
		environment: service.environment,
		boot: async () => {
			await reboot();
			await service.start(await primary());
		},
	});
};

const swupdateImage = async (
	home: string,
	disk: string,
	content: string,
	file: string,
	version: string,
	certificate: string,
	key: string,
): Promise<void> => {
	const work = join(home, 'swu');
	await rm(work, { recursive: true, force: true });
	await mkdir(work);
	await copyFile(content, join(work, 'rootfs.img'));
	const sha256 = createHash('sha256')
		.update(await readFile(content))
		.digest('hex');
	const part = (slot: string): string =>
		`${slot} = { images: ( { filename = "rootfs.img"; type = "raw"; device = "${join(disk, `slot-${slot}`)}"; sha256 = "${sha256}"; } ); };`;
	const description = `software = { version = "${version}"; hardware-compatibility = [ "1.0" ]; stable = { ${SLOTS.map(part).join(' ')} }; }\n`;
	await writeFile(join(work, 'sw-description'), description);
	const signer = ['-signer', certificate, '-inkey', key, '-outform', 'DER', '-nosmimecap', '-binary'];
	run('openssl', ['cms', '-sign', '-in', 'sw-description', '-out', 'sw-description.sig', ...signer], work);
	run('sh', ['-c', `printf '%s\\n' sw-description sw-description.sig rootfs.img | cpio -o -H crc > ${file}`], work);
};

const raucBundle = async (
	home: string,
	content: string,
	file: string,
	version: string,
	certificate: string,
	key: string,
): Promise<void> => {
	const work = join(home, 'bundle');
	await rm(work, { recursive: true, force: true });
	await mkdir(work);
	await copyFile(content, join(work, 'rootfs.img'));
	await writeFile(
		join(work, 'manifest.raucm'),
		`[update]\ncompatible=probe\nversion=${version}\n[bundle]\nformat=plain\n[image.rootfs]\nfilename=rootfs.img\n`,
	);
	await rm(file, { force: true });
	const bundle = `${file}.raucb`;
	run('rauc', ['--cert', certificate, '--key', key, 'bundle', work, bundle]);
	await rename(bundle, file);
};

/** RAUC's service on a separate bus, with slots that are files and a boot loader of ours. */
const raucService = async (
	atEnd: (end: () => Promise<void>) => void,
	home: string,
	disk: string,
	boot: string,
	certificate: string,
) => {
	const conf = join(home, 'system.conf');
	await mkdir(join(home, 'mount'));
	const slot = (name: string, number: number): string =>
		`[slot.rootfs.${number}]\ndevice=${join(disk, `slot-${name}`)}\ntype=raw\nbootname=${name}\n`;
	await writeFile(
		conf,
		`[system]\ncompatible=probe\nbootloader=custom\nmountprefix=${join(home, 'mount')}\nstatusfile=${join(home, 'central.status')}\nbundle-formats=plain verity\n` +
			`[keyring]\npath=${certificate}\n[handlers]\nbootloader-custom-backend=${boot}\n${SLOTS.map(slot).join('')}`,
	);
	const socket = join(home, 'bus');
	const environment = { DBUS_SESSION_BUS_ADDRESS: `unix:path=${socket}`, DBUS_STARTER_BUS_TYPE: 'session' };
	const env = { ...process.env, ...environment };
	const bus = spawn('dbus-daemon', ['--session', '--nofork', `--address=unix:path=${socket}`], { stdio: 'ignore' });
	let service: ChildProcess | null = null;
	const end = async (child: ChildProcess | null): Promise<void> => {
		if (child === null || child.exitCode !== null || child.signalCode !== null) return;
		const ended = new Promise((resolve) => child.once('close', resolve));
		child.kill('SIGKILL');
		await ended;
	};
	const until = async (ready: () => boolean, child: ChildProcess, what: string): Promise<void> => {
		while (!ready()) {
			if (child.exitCode !== null || child.signalCode !== null) throw new Error(`${what} ended before it was ready`);
			await sleep(20);
		}
	};
	const start = async (booted: string): Promise<void> => {
		await end(service);
		const next = spawn('rauc', [`--conf=${conf}`, `--override-boot-slot=${booted}`, 'service'], {
			stdio: 'ignore',
			env,
		});
		service = next;
		await until(() => spawnSync('rauc', ['status'], { env }).status === 0, next, 'rauc service');
	};
	atEnd(async () => {
		await end(service);
		await end(bus);
		spawnSync('umount', ['-l', join(home, 'mount', 'bundle')]);
	});
	await until(() => existsSync(socket), bus, 'dbus-daemon');
	await start('a');
	return { environment, start };
};
