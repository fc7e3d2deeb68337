import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { billOfKeyward } from './lib/bom.ts';

// `npm run bom [-- FILE]`: Keyward's own bill of materials, in FILE or build/keyward.cdx.json.

const root = fileURLToPath(new URL('..', import.meta.url));
const file = process.argv[2] ?? join(root, 'build', 'keyward.cdx.json');
const { version } = JSON.parse(readFileSync(join(root, 'packages/cli/package.json'), 'utf8')) as { version: string };
writeFileSync(file, billOfKeyward(root, version));
console.log(file);
