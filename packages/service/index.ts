export type { ServiceOptions } from './config.ts';
export { type Service, serve } from './serve.ts';
