/** How a part is named: `ek:` and SHA-256 of a TPM's endorsement key, or `serial:` and the number that its maker gave it. */
export const partPattern = '^(?:ek:[0-9a-f]{64}|serial:[0-9A-Za-z._-]{1,64})$';

const PART = new RegExp(partPattern);

export const isPart = (text: string): boolean => PART.test(text);
