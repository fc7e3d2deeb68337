export type { TokenIdentity } from './emulator.ts';
export type { KeyClaims, KeyName, TokenKeyRecord, TokenName } from './message.ts';
export { readPinFile } from './pin.ts';
export { type TokenRoom, tokenRoom, type TokenRoomOptions, type TokenSigner } from './token-room.ts';
export { formatPkcs11Uri, parsePkcs11Uri, type Pkcs11Uri } from './uri.ts';
