export { type DataKeyPurpose, KEY_LENGTH, recordKeyOf, unwrapDataKey, wrapDataKey, WRAP_NONCE } from './data-key.ts';
export { decryptKept, encryptKept, KEPT_NONCE } from './kept-message.ts';
export { decryptRecord, encryptRecord, readEncryptedRecord, type RecordPlace } from './encrypted-record.ts';
