export { createHelloReader } from './client-hello.ts';
export { tlsProfile, type TlsProfile } from './profile.ts';
