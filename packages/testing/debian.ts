import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { accessSync, chmodSync, constants, existsSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import type { TestContext } from 'node:test';

/** Debian packages that tests, or the demonstration, need: with the commands and files of each that they use. */
export const packages: Readonly<Record<string, readonly string[]>> = {
	'android-sdk-libsparse-utils': ['img2simg'],
	binutils: ['ar', 'ld'],
	bsdextrautils: ['hexdump'],
	bzip2: ['bzip2'],
	chromium: ['chromium'],
	cpio: ['cpio'],
	curl: ['curl'],
	'dbus-daemon': ['dbus-daemon'],
	'default-jre-headless': ['keytool'],
	'device-tree-compiler': ['dtc'],
	dosfstools: ['mkfs.fat'],
	e2fsprogs: ['mkfs.ext2', 'mkfs.ext3', 'mkfs.ext4'],
	'erofs-utils': ['mkfs.erofs'],
	fdisk: ['sfdisk'],
	fish: ['fish'],
	'g++': ['c++'],
	gcc: ['cc'],
	genisoimage: ['genisoimage'],
	genromfs: ['genromfs'],
	git: ['git'],
	'gnutls-bin': ['ocsptool'],
	gpg: ['gpg', 'gpgconf'],
	'gpg-agent': ['gpg-agent'],
	influxdb: ['influxd'],
	'libengine-pkcs11-openssl': ['engines-3/pkcs11.so'],
	libfaketime: ['faketime/libfaketimeMT.so.1'],
	'libstrongswan-standard-plugins': ['plugins/libstrongswan-openssl.so'],
	'libtpm2-pkcs11-1': ['pkcs11/libtpm2_pkcs11.so'],
	'libtss2-tcti-swtpm0': ['libtss2-tcti-swtpm.so.0'],
	'libtss2-tcti-tabrmd0': ['libtss2-tcti-tabrmd.so.0'],
	lz4: ['lz4'],
	lzip: ['lzip'],
	lzop: ['lzop'],
	mandoc: ['mandoc'],
	mosquitto: ['mosquitto'],
	'mosquitto-clients': ['mosquitto_pub', 'mosquitto_sub'],
	mount: ['mount'],
	'mtd-utils': ['mkfs.jffs2', 'mkfs.ubifs', 'ubinize'],
	mtools: ['mcopy'],
	ncompress: ['compress'],
	opensc: ['pkcs11-tool'],
	'openssh-client': ['ssh-keygen'],
	openssl: ['openssl'],
	'p7zip-full': ['7z'],
	prometheus: ['promtool'],

	'putty-tools': ['puttygen'],
	'python3-cbor2': ['dist-packages/cbor2/__init__.py'],
	'python3-cryptography': ['dist-packages/cryptography/__init__.py'],
	'python3-paho-mqtt': ['dist-packages/paho/mqtt/client.py'],
	'qemu-utils': ['qemu-img'],
	rauc: ['rauc'],
	rpm: ['rpmbuild'],
	sharutils: ['shar', 'uuencode'],
	socat: ['socat'],
	softhsm2: ['softhsm2-util'],
	sqlite3: ['sqlite3'],
	'squashfs-tools': ['mksquashfs'],
	srecord: ['srec_cat'],
	strace: ['strace'],
	'strongswan-pki': ['pki'],
	swtpm: ['swtpm'],
	'swtpm-tools': ['swtpm_setup'],
	swupdate: ['swupdate'],
	systemd: ['systemd-analyze'],
	'tpm2-abrmd': ['tpm2-abrmd'],
	'tpm2-openssl': ['ossl-modules/tpm2.so'],
	'tpm2-tools': ['tpm2_createprimary', 'tpm2_send'],
	'u-boot-tools': ['mkimage'],
	'util-linux': ['flock', 'mkfs.cramfs', 'prlimit', 'setpriv', 'unshare'],
	xxd: ['xxd'],
	'xz-utils': ['xz'],
	zip: ['zip'],
	zsh: ['zsh'],
};

/** Commands of packages that no Debian is without. */
const everywhere: ReadonlySet<string> = new Set(['cp', 'dpkg-deb', 'od', 'tar']);

/** The path of an installed command, also of those that an ordinary user's PATH leaves out; null when there is none. */
export const commandPath = (command: string): string | null => {
	for (const folder of [...(process.env['PATH'] ?? '').split(delimiter), '/usr/sbin', '/sbin', '/usr/local/sbin']) {
		if (folder === '') continue;
		try {
			accessSync(join(folder, command), constants.X_OK);
			return join(folder, command);
		} catch {
			// Not there.
		}
	}
	return null;
};

/** True for an installed command, or for a file (a shared library, or a name with a slash) below a folder of `/usr/lib`. */
const isInstalled = (what: string): boolean =>
	/\.so|\//.test(what)
		? existsSync('/usr/lib') && readdirSync('/usr/lib').some((folder) => existsSync(join('/usr/lib', folder, what)))
		: commandPath(what) !== null;

/** The Debian package that brings this command or file; null for what is on every Debian. A name that is in no list is a bug. */
export const packageOf = (what: string): string | null => {
	if (everywhere.has(what)) return null;
	const found = Object.entries(packages).find(([, parts]) => parts.includes(what));
	assert(found !== undefined, `${what}: packages/testing/debian.ts does not name its package`);
	return found[0];
};

/** Why a test that uses this command or file cannot run; null when it is installed. With `CI=true` it throws: a run that claims to be whole cannot pass without it. */
export const lacking = (what: string): string | null => {
	const name = packageOf(what);
	if (name === null || isInstalled(what)) return null;
	const reason = `needs Debian package ${name}`;
	if (process.env['CI'] === 'true') throw new Error(`${reason}, and CI=true allows no such skip`);
	return reason;
};

/** True when the command or file is installed. Otherwise skips the test by the name of its package ({@link lacking}), and gives false. */
export const needs = (t: TestContext, what: string): boolean => {
	const reason = lacking(what);
	if (reason === null) return true;
	t.skip(reason);
	return false;
};

/** Of these Debian packages (of all that are known, when none is named) those that are not installed. */
export const missingPackages = (wanted: readonly string[] = Object.keys(packages)): string[] =>
	wanted.filter((name) => packages[name]?.every(isInstalled) === false);

/** Whether this process may install packages. */
export const canInstall = (): boolean => process.getuid?.() === 0 && commandPath('apt-get') !== null;

/** What a person types to install them. */
export const installCommand = (names: readonly string[]): string =>
	`apt-get install --no-install-recommends ${names.join(' ')}`;

/** Says what is missing and, as root on a Debian system, installs it. Never throws: what stays missing is skipped by name. */
export const installMissing = (): void => {
	const missing = missingPackages();
	if (missing.length === 0) {
		console.log(`present: ${Object.keys(packages).join(', ')}`);
		return;
	}
	if (!canInstall()) {
		console.log(`missing: ${missing.join(' ')}. Tests that need them are skipped by name.`);
		console.log(`to run them: ${installCommand(missing)} (as root, on Debian)`);
		return;
	}
	console.log(`installing, because some tests need them: ${missing.join(' ')}. Their daemons are kept from starting.`);
	installPackages(missing);
	const still = missingPackages();
	console.log(still.length === 0 ? 'installed' : `apt-get could not install: ${still.join(' ')}`);
};

/** Installs them, their daemons kept from starting. Never throws; what could not be had is missing still. */
export const installPackages = (names: readonly string[]): void => {
	const restore = keepDaemonsStopped();
	try {
		// The package lists are fetched only when the ones at hand do not do.
		if (!apt('install', '-y', '--no-install-recommends', ...names) && apt('update')) {
			apt('install', '-y', '--no-install-recommends', ...names);
		}
	} finally {
		restore();
	}
};

const apt = (...args: readonly string[]): boolean =>
	spawnSync('apt-get', ['-q', '-o', 'DPkg::Lock::Timeout=120', ...args], {
		stdio: ['ignore', 'ignore', 'inherit'],
		env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' },
	}).status === 0;

/**
 * Debian asks /usr/sbin/policy-rc.d before a package starts its daemon; 101 forbids it. Gives a function that puts back
 * what was there.
 */
const keepDaemonsStopped = (): (() => void) => {
	const policy = '/usr/sbin/policy-rc.d';
	const aside = `${policy}.keyward-aside`;
	if (existsSync(policy) && !existsSync(aside)) renameSync(policy, aside);
	writeFileSync(policy, '#!/bin/sh\nexit 101\n');
	chmodSync(policy, 0o755);
	return () => {
		rmSync(policy, { force: true });
		if (existsSync(aside)) renameSync(aside, policy);
	};
};
