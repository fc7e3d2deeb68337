export { tlsProfile, type TlsProfile } from './profile.ts';
