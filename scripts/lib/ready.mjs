import { createHash } from 'node:crypto';
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { delimiter } from 'node:path';
import { buildNative } from './native.mjs';
import { installed, node24, root } from '../../packages/cli/bin/node24.mjs';
import { run } from '../../packages/cli/bin/run.mjs';

// Runs on any Node from 20 on: nothing here may need a newer one, or a package.

/** Ends the process with one sentence. @param {string} sentence @returns {never} */
const refuse = (sentence) => {
	console.error(`keyward: ${sentence}`);
	process.exit(1);
};

/** @param {readonly string[]} args */
const npm = (args) => {
	const own = process.env['npm_execpath'];
	return own?.endsWith('npm-cli.js')
		? run(process.execPath, [own, ...args], { cwd: root })
		: run('npm', args, { cwd: root });
};

/** Installs the packages of the lock file unless that was done for this very file. */
const install = async () => {
	const lock = createHash('sha256')
		.update(readFileSync(`${root}package-lock.json`))
		.digest('hex');
	if (existsSync(installed) && readFileSync(installed, 'utf8').trim() === lock) return;
	console.log('keyward: installing the packages of package-lock.json (about half a minute)');
	rmSync(installed, { force: true });
	// Not `npm ci`: it refuses a lock with bindings for other platforms that a private registry may lack.
	const code = await npm([
		'install',
		'--no-save',
		'--include=dev',
		'--include=optional',
		// No package's own script runs, on any npm: the two steps that are needed are ours, below.
		'--ignore-scripts',
		'--loglevel=error',
		'--no-progress',
	]);
	if (code > 128) refuse('stopped while installing; run the same command again to go on.');
	if (code !== 0)
		refuse(`npm install failed (exit ${code}). Its message is above; run the same command again when it is mended.`);
	const native = await buildNative();
	if (native === 'no-compiler')
		console.log(
			'keyward: no C++ compiler, so keys in PKCS#11 tokens cannot be used; "npm run native" makes up for it.',
		);
	if (native === 'failed') console.log('keyward: keys in PKCS#11 tokens cannot be used; all else can.');
	writeFileSync(installed, `${lock}\n`);
};

/** The checked Node 24, fetched when it is not there. */
const node = async () => {
	const found = await node24();
	if (found !== null) return found;
	const folder = `${root}node_modules/node`;
	console.log('keyward: fetching Node 24');
	const code = await run(process.execPath, ['installArchSpecificPackage'], { cwd: folder });
	return (
		(code === 0 ? await node24() : null) ??
		refuse(`Node 24 could not be installed for ${process.platform}-${process.arch}: ${folder}/bin/node is missing.`)
	);
};

/**
 * Makes the checkout ready (packages, a checked Node 24), runs a script of ours with that Node and the project's own
 * tools first on the PATH, and ends with its exit code.
 * @param {string} script path from the root
 * @param {readonly string[]} options of that Node
 */
export const handOver = async (script, options = []) => {
	const major = Number(process.versions.node.split('.')[0]);
	if (major < 20)
		refuse(`this is Node ${process.versions.node}; Node 20 or newer is needed to start (it fetches its own Node 24).`);
	try {
		await install();
		const path = `${root}node_modules/.bin${delimiter}${process.env['PATH'] ?? ''}`;
		const args = [...options, `${root}${script}`, ...process.argv.slice(2)];
		process.exit(await run(await node(), args, { env: { ...process.env, PATH: path } }));
	} catch (error) {
		refuse(error instanceof Error ? error.message : String(error));
	}
};
