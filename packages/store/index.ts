export { openMemoryStore } from './memory/open.ts';
export { openSqliteStore } from './sqlite/open.ts';
export { verifyLedger } from './verify.ts';
