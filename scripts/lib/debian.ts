import { spawnSync } from 'node:child_process';
import { accessSync, chmodSync, constants, existsSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import type { TestContext } from 'node:test';

/** Debian packages that some tests need, with a command that each brings. */
const packages: readonly { readonly name: string; readonly command: string }[] = [
	{ name: 'mosquitto', command: 'mosquitto' },
	{ name: 'mosquitto-clients', command: 'mosquitto_pub' },
	{ name: 'openssl', command: 'openssl' },
	{ name: 'curl', command: 'curl' },
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

/**
 * True when the command is installed. Otherwise skips the test by the package's name and gives false; with `CI=true`
 * it throws, so that a run that claims to be whole cannot pass without it.
 */
export const needs = (t: TestContext, command: string, debianPackage: string): boolean => {
	if (commandPath(command) !== null) return true;
	const reason = `needs Debian package ${debianPackage}`;
	if (process.env['CI'] === 'true') throw new Error(`${reason}, and CI=true allows no such skip`);
	t.skip(reason);
	return false;
};

/** Says what is missing and, as root on a Debian system, installs it. Never throws: what stays missing is skipped by name. */
export const installMissing = (): void => {
	const missing = packages.filter(({ command }) => commandPath(command) === null).map(({ name }) => name);
	if (missing.length === 0) {
		console.log(`present: ${packages.map(({ name }) => name).join(', ')}`);
		return;
	}
	const list = missing.join(' ');
	if (process.getuid?.() !== 0 || commandPath('apt-get') === null) {
		console.log(`missing: ${list}. Tests that need them are skipped by name.`);
		console.log(`to run them: apt-get install --no-install-recommends ${list} (as root, on Debian)`);
		return;
	}
	console.log(`installing, because some tests need them: ${list}. Their daemons are kept from starting.`);
	const restore = keepDaemonsStopped();
	try {
		// The package lists are fetched only when the ones at hand do not do.
		if (!apt('install', '-y', '--no-install-recommends', ...missing) && apt('update')) {
			apt('install', '-y', '--no-install-recommends', ...missing);
		}
	} finally {
		restore();
	}
	const still = packages.filter(({ command }) => commandPath(command) === null).map(({ name }) => name);
	console.log(still.length === 0 ? 'installed' : `apt-get could not install: ${still.join(' ')}`);
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
