export type { TokenIdentity } from './emulator.ts';
export type { KeyClaims, KeyName, TokenKeyRecord, TokenName } from './message.ts';
export { readPinFile } from './pin.ts';
export { type TokenKeyStore, tokenKeyStore, type TokenKeyStoreOptions, type TokenSigner } from './token-key-store.ts';
export { formatPkcs11Uri, parsePkcs11Uri, type Pkcs11Uri } from './uri.ts';
