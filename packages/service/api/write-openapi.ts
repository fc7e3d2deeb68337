import { readFile, writeFile } from 'node:fs/promises';
import { openapi } from '@keyward/contract';

// Writes docs/openapi.json; a test fails while that file says anything else than the schemas.
const root = new URL('../../../', import.meta.url);
const { version } = JSON.parse(await readFile(new URL('packages/service/package.json', root), 'utf8')) as {
	version: string;
};
await writeFile(new URL('docs/openapi.json', root), `${JSON.stringify(openapi(version), null, '\t')}\n`);
