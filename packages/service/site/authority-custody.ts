import { oneOf, type Value } from '@keyward/core/policy';
import type { AuthorityCustody } from './site-file.ts';
import { path, type SiteDocument, words } from './written.ts';

const ofToken = ['module', 'token', 'pin-file'] as const;

/** The `authority` or `readings-key` of a site file; findings where it is not as it should be. */
export const readAuthority = (site: SiteDocument, value: Value | undefined): AuthorityCustody => {
	const files: AuthorityCustody = { custody: 'file' };
	if (value === undefined) return files;
	const { document } = site;
	const members = document.members(value, ['custody', ...ofToken], ['custody']);
	const custodyAt = members?.get('custody');
	const custody = custodyAt && document.scalar(custodyAt, 'file or pkcs11', oneOf(['file', 'pkcs11'] as const));
	if (!custody || !members) return files;
	if (custody === 'file') {
		for (const key of ofToken) {
			const at = members.get(key);
			if (at !== undefined) document.bad(at.keyOffset, `${key} belongs to custody: pkcs11, and custody is file`);
		}
		return files;
	}
	for (const key of ofToken)
		if (!members.has(key)) document.bad(value.offset, `${value.path} lacks ${key}, which custody: pkcs11 needs`);
	const [moduleAt, tokenAt, pinAt] = ofToken.map((key) => members.get(key));
	const module = moduleAt && path(site, moduleAt);
	const token = tokenAt && document.scalar(tokenAt, "the token's label", words);
	const pinFile = pinAt && path(site, pinAt);
	return module && token && pinFile ? { custody, module, token, pinFile } : files;
};
