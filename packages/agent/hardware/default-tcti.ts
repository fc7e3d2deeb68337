/** Where a Linux device has its TPM. */
export const DEFAULT_TCTI = 'device:/dev/tpmrm0';
