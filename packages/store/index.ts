export { caStates, copySqliteStore, STORE_FILE, type StoreCopy } from './sqlite/copy.ts';
export { planTruncation } from './plan-truncation.ts';
export { inspectSqliteStore, type StoreLook } from './sqlite/inspect.ts';
export { lockFile } from './sqlite/lock.ts';
export { openSqliteStore, type SqliteStore } from './sqlite/open.ts';
export { verifyLedger } from './verify.ts';
export { verifyRegistry } from './verify-registry.ts';
