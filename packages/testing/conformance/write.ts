import { writeFile } from 'node:fs/promises';
import { renderConformance } from './document.ts';

// Writes docs/mqtt-conformance.md; a test fails while that file says anything else than the statements and cases.
await writeFile(new URL('../../../docs/mqtt-conformance.md', import.meta.url), renderConformance());
