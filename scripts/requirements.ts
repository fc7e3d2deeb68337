/** Writes docs/requirements.md from the catalogue. */
import { writeFileSync } from 'node:fs';
import { renderRequirements } from '@keyward/core/policy';

writeFileSync(new URL('../docs/requirements.md', import.meta.url), renderRequirements());
