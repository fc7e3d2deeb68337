import { existsSync, mkdirSync, renameSync } from 'node:fs';
import { run } from '../../packages/cli/bin/run.mjs';
import { root } from '../../packages/cli/bin/node24.mjs';

// Runs on any Node from 20 on.

const folder = `${root}node_modules/pkcs11js`;
const built = `${folder}/build/Release/pkcs11.node`;

/** C++ compilers, by the names that systems give them. */
const compilers = ['c++', 'g++', 'clang++'];

/**
 * Builds the native half of pkcs11js, which keys in PKCS#11 tokens need, unless it is there. It speaks Node-API alone, so that one
 * build is good for every Node; the headers come with the package node-api-headers. No install script of a package runs for
 * it, no Python, and nothing is fetched.
 * @returns {Promise<'built' | 'present' | 'no-source' | 'no-compiler' | 'failed'>}
 */
export const buildNative = async () => {
	if (existsSync(built)) return 'present';
	if (!existsSync(`${folder}/src/main.cpp`)) return 'no-source';
	mkdirSync(`${folder}/build/Release`, { recursive: true });
	const partial = `${built}.${process.pid}.tmp`;
	const args = [
		'-std=c++17',
		'-O2',
		'-fPIC',
		'-shared',
		...(process.platform === 'darwin' ? ['-undefined', 'dynamic_lookup'] : []),
		'-DNAPI_DISABLE_CPP_EXCEPTIONS',
		`-I${folder}/includes`,
		`-I${root}node_modules/node-api-headers/include`,
		...['dl.cpp', 'common.cpp', 'main.cpp'].map((file) => `${folder}/src/${file}`),
		'-o',
		partial,
	];
	for (const compiler of compilers) {
		const code = await run(compiler, args).catch(() => null);
		if (code === null) continue;
		if (code !== 0) return 'failed';
		renameSync(partial, built);
		return 'built';
	}
	return 'no-compiler';
};
