export { type Client, connectLocal, connectRemote, type ReadingsOptions } from './client.ts';
export { Opener, type OpenPage } from './opener.ts';
export { beforeNewest } from './newest-readings.ts';
export type { OpenReading } from './open-reading.ts';
export { type Page, pages, type PagesOptions, type TimeSpan } from './pages.ts';
export { type LedgerLook, type LedgerMemory, lookAtLedger } from './ledger-watch.ts';
