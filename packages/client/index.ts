export { type Client, connectLocal, connectRemote, type ReadingsOptions } from './client.ts';
