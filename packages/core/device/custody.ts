/** Where a private key lives. An emulated TPM or token counts as `software`. */
export type Custody = 'software' | 'tpm2' | 'pkcs11';
