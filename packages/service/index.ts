export type { ServiceOptions } from './config/config.ts';
export { serviceOptionsOf } from './config/service-options.ts';
export { diskRoom } from './ingest/disk.ts';
export { createLog, type Log } from './log/log.ts';
export { requireFreePorts } from './monitor/open-ports.ts';
export { type Service, serve } from './serve.ts';
