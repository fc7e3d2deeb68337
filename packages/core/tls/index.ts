export { readClientHello } from './client-hello.ts';
export { tlsProfile, type TlsProfile } from './profile.ts';
