import { statSync } from 'node:fs';
import module from 'node:module';
import { fileURLToPath } from 'node:url';
import { isMainThread } from 'node:worker_threads';

// Loaded first by each process and thread of `npm test`. For each import of each file Node looks on disk for what is imported, and reads the exports of
// package.json again: a third of what it costs to load the service. One file of ours names another by its name, and a package of ours stays
// where it was found.

const IN_PACKAGES = '/packages/';

/** By the folder of the packages and the name that is imported: a copy of the source has its own. */
/** @type {Map<string, import('node:module').ResolveFnOutput>} */
const found = new Map();

const IN_OTHERS = /\/node_modules\/.*\.js$/;

/**
 * What a file of another package asks for beside it, where that is a file by this name; what kind of file, Node finds out.
 * @param {string} specifier
 * @param {string} parent
 */
const beside = (specifier, parent) => {
	const { href } = new URL(specifier.endsWith('.js') ? specifier : `${specifier}.js`, parent);
	const isFile = statSync(fileURLToPath(href), { throwIfNoEntry: false })?.isFile() === true;
	return isFile ? { url: href, format: undefined, shortCircuit: true } : null;
};

/**
 * @param {string} specifier
 * @param {import('node:module').ResolveHookContext} context
 * @param {(specifier: string, context: import('node:module').ResolveHookContext) => import('node:module').ResolveFnOutput} next
 * @returns {import('node:module').ResolveFnOutput}
 */
const resolve = (specifier, context, next) => {
	const { parentURL: parent } = context;
	if (
		parent !== undefined &&
		IN_OTHERS.test(parent) &&
		specifier.startsWith('.') &&
		context.conditions.includes('require')
	)
		return beside(specifier, parent) ?? next(specifier, context);
	if (parent === undefined || !parent.endsWith('.ts') || !context.conditions.includes('import'))
		return next(specifier, context);
	if (specifier.startsWith('.') && specifier.endsWith('.ts'))
		return { url: new URL(specifier, parent).href, format: 'module-typescript', shortCircuit: true };
	const end = parent.lastIndexOf(IN_PACKAGES);
	if (end === -1 || !specifier.startsWith('@keyward/')) return next(specifier, context);
	const key = `${parent.slice(0, end)} ${specifier}`;
	let one = found.get(key);
	if (one === undefined) {
		const { url, format } = next(specifier, context);
		one = { url, format, shortCircuit: true };
		found.set(key, one);
	}
	return one;
};

// Not in Node 20, which some tests start too.
if ('registerHooks' in module) module.registerHooks({ resolve });

// A process that holds the tests of a group (test-groups.ts); not what those start.
if (isMainThread && process.argv[1]?.includes('keyward-test-groups-') === true) await import('./stray-errors.mjs');
