import { buildNative } from './lib/native.mjs';

// What `npm run native` runs: builds what keys in PKCS#11 tokens need.

const outcomes = {
	built: 'keyward: built; keys in PKCS#11 tokens can be used.',
	present: 'keyward: it is built already; keys in PKCS#11 tokens can be used.',
	'no-source':
		'keyward: the package pkcs11js is not installed: remove node_modules/.keyward-lock and run npm start again.',
	'no-compiler':
		'keyward: there is no C++ compiler (c++, g++, clang++): install one (Debian: apt-get install g++) and run this again.',
	failed: 'keyward: the compiler failed; its message is above.',
};
const outcome = await buildNative();
console.log(outcomes[outcome]);
process.exit(outcome === 'built' || outcome === 'present' ? 0 : 1);
