export type { MqttListenerOptions, ServiceOptions } from './config.ts';
export { diskRoom } from './live/disk.ts';
export { createLog, type Log } from './live/log.ts';
export { type Service, serve } from './serve.ts';
