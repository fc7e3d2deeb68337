import { spawnSync } from 'node:child_process';
import { accessSync, chmodSync, constants, existsSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import type { TestContext } from 'node:test';

/** Debian packages that some tests, or the demonstration, need, with a command or file that each brings. */
const packages: readonly { readonly name: string; readonly command: string }[] = [
	{ name: 'mosquitto', command: 'mosquitto' },
	{ name: 'mosquitto-clients', command: 'mosquitto_pub' },
	{ name: 'openssl', command: 'openssl' },
	{ name: 'curl', command: 'curl' },
	{ name: 'strongswan-pki', command: 'pki' },
	{ name: 'libstrongswan-standard-plugins', command: 'plugins/libstrongswan-openssl.so' },
	{ name: 'socat', command: 'socat' },
	{ name: 'g++', command: 'c++' },
	{ name: 'gcc', command: 'cc' },
	{ name: 'softhsm2', command: 'softhsm2-util' },
	{ name: 'opensc', command: 'pkcs11-tool' },
	{ name: 'swtpm', command: 'swtpm' },
	{ name: 'swtpm-tools', command: 'swtpm_setup' },
	{ name: 'tpm2-tools', command: 'tpm2_createprimary' },
	{ name: 'libtss2-tcti-swtpm0', command: 'libtss2-tcti-swtpm.so.0' },
	{ name: 'libtss2-tcti-tabrmd0', command: 'libtss2-tcti-tabrmd.so.0' },
	{ name: 'tpm2-abrmd', command: 'tpm2-abrmd' },
	{ name: 'tpm2-openssl', command: 'ossl-modules/tpm2.so' },
	{ name: 'dbus-daemon', command: 'dbus-daemon' },
	{ name: 'libtpm2-pkcs11-1', command: 'pkcs11/libtpm2_pkcs11.so' },
	{ name: 'libengine-pkcs11-openssl', command: 'engines-3/pkcs11.so' },
	{ name: 'strace', command: 'strace' },
	{ name: 'gnutls-bin', command: 'ocsptool' },
	{ name: 'prometheus', command: 'promtool' },
	{ name: 'rauc', command: 'rauc' },
	{ name: 'squashfs-tools', command: 'mksquashfs' },
	{ name: 'swupdate', command: 'swupdate' },
	{ name: 'cpio', command: 'cpio' },
	{ name: 'influxdb', command: 'influxd' },
	{ name: 'chromium', command: 'chromium' },
	{ name: 'python3-paho-mqtt', command: 'dist-packages/paho/mqtt/client.py' },
	{ name: 'python3-cbor2', command: 'dist-packages/cbor2/__init__.py' },
	{ name: 'python3-cryptography', command: 'dist-packages/cryptography/__init__.py' },
];

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

/**
 * True when the command or shared library is installed. Otherwise skips the test by the package's name and gives false;
 * with `CI=true` it throws, so that a run that claims to be whole cannot pass without it.
 */
export const needs = (t: TestContext, command: string, debianPackage: string): boolean => {
	if (isInstalled(command)) return true;
	const reason = `needs Debian package ${debianPackage}`;
	if (process.env['CI'] === 'true') throw new Error(`${reason}, and CI=true allows no such skip`);
	t.skip(reason);
	return false;
};

/** Of these Debian packages (of all that are known, when none is named) those that are not installed. */
export const missingPackages = (wanted?: readonly string[]): string[] =>
	packages
		.filter(({ name, command }) => (wanted === undefined || wanted.includes(name)) && !isInstalled(command))
		.map(({ name }) => name);

/** Whether this process may install packages. */
export const canInstall = (): boolean => process.getuid?.() === 0 && commandPath('apt-get') !== null;

/** What a person types to install them. */
export const installCommand = (names: readonly string[]): string =>
	`apt-get install --no-install-recommends ${names.join(' ')}`;

/** Says what is missing and, as root on a Debian system, installs it. Never throws: what stays missing is skipped by name. */
export const installMissing = (): void => {
	const missing = missingPackages();
	if (missing.length === 0) {
		console.log(`present: ${packages.map(({ name }) => name).join(', ')}`);
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
		timeout: 300_000,
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
