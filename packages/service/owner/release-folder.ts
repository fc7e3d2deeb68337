import { join } from 'node:path';

/** Where the contents of releases lie in the data folder. */
export const releaseFolder = (data: string): string => join(data, 'owner', 'targets');
