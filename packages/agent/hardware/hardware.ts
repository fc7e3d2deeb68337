/** The part that a key is in, as `identity.json` names it. Nothing in it is secret. */
export type Hardware =
	| {
			readonly custody: 'tpm2';
			/** As tpm2-tools name it: `device:/dev/tpmrm0`, `swtpm:path=…`, `tabrmd`. */
			readonly tcti: string;
			/** Holds what the TPM asks for before it uses the key; an absolute path. */
			readonly pinFile?: string;
	  }
	| {
			readonly custody: 'pkcs11';
			/** Absolute path of the PKCS#11 module. */
			readonly module: string;
			/** CKA_LABEL of the token. */
			readonly token: string;
			/** Holds the token's user PIN; an absolute path. */
			readonly pinFile: string;
	  };

export const isHardware = (value: unknown): value is Hardware => {
	if (typeof value !== 'object' || value === null || !('custody' in value)) return false;
	const { custody, tcti, module, token, pinFile } = value as Readonly<Record<string, unknown>>;
	if (custody === 'tpm2') {
		return typeof tcti === 'string' && (pinFile === undefined || typeof pinFile === 'string');
	}
	return custody === 'pkcs11' && typeof module === 'string' && typeof token === 'string' && typeof pinFile === 'string';
};
