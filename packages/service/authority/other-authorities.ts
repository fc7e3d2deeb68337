import { X509Certificate } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Problem } from '@keyward/core';
import { authorityPin, readOtherAuthority } from '@keyward/core/enrol';
import { decodePem, encodePem } from '@keyward/core/format';
import type { Policy } from '@keyward/core/policy';
import { makePrivateFolder, writeDurably } from '@keyward/custody';

/** CAs of others whose certificates a class of devices may keep (`other-cas` of a policy). Their certificates lie here, no key does. */
export interface OtherAuthorities {
	/**
	 * Keeps the CA, and those above it, DER, up to one that signed itself. Durable when it resolves. Throws
	 * `Problem('certificate-malformed')`, and `ca-retired` where no class of the application names it.
	 */
	take(application: string, className: string, chain: readonly Uint8Array[]): Promise<void>;
	/** Whether a certificate that was taken in is by a CA that a class of the application names. By names and key identifiers, as its signature was verified then. */
	counts(application: string, certificate: X509Certificate): boolean;
	/** All that a policy in force names, and those above them, DER. */
	anchors(): Uint8Array[];
}

interface Kept {
	readonly chain: readonly Uint8Array[];
	readonly certificate: X509Certificate;
}

/** What policies in force say. */
export interface NamingPolicies {
	policyOf(application: string): Policy | null;
	epochs(): readonly { readonly application: string }[];
}

const FILE = /^[0-9a-f]{64}\.pem$/;

/** Throws `Problem('certificate-malformed')` for a file that is not what its name says. */
export const openOtherAuthorities = async (folder: string, policies: NamingPolicies): Promise<OtherAuthorities> => {
	const kept = new Map<string, Kept>();
	const keep = (pin: string, chain: readonly Uint8Array[]): void => {
		const [first] = chain;
		// Anyone who can write here must not put another CA under a name that the policy trusts.
		if (first === undefined || authorityPin(first) !== pin)
			throw new Problem('certificate-malformed', `${join(folder, `${pin}.pem`)} is not the CA that its name says.`);
		kept.set(pin, { chain, certificate: new X509Certificate(first) });
	};
	const files = await readdir(folder).catch(() => []);
	for (const file of files.filter((name) => FILE.test(name))) {
		const text = await readFile(join(folder, file), 'utf8');
		keep(file.slice(0, -'.pem'.length), decodePem('CERTIFICATE', text, 'certificate-malformed'));
	}
	const namedBy = (application: string): Kept[] =>
		[...(policies.policyOf(application)?.devices.values() ?? [])]
			.flatMap(({ otherCas = [] }) => otherCas)
			.flatMap((pin) => kept.get(pin) ?? []);

	return {
		take: async (application, className, chain) => {
			readOtherAuthority(chain);
			const [first] = chain;
			const pin = first === undefined ? '' : authorityPin(first);
			const named = policies.policyOf(application)?.devices.get(className)?.otherCas ?? [];
			if (!named.includes(pin))
				throw new Problem(
					'ca-retired',
					`The class ${className} of ${application} trusts no CA with the SHA-256 ${pin}: when it should, add that to its other-cas in the policy.`,
				);
			if (kept.has(pin)) return;
			await makePrivateFolder(folder);
			const text = chain.map((der) => encodePem('CERTIFICATE', der)).join('');
			await writeDurably(join(folder, `${pin}.pem`), text, 'replace');
			keep(pin, chain);
		},
		counts: (application, certificate) => namedBy(application).some((one) => certificate.checkIssued(one.certificate)),
		anchors: () => {
			const all = policies.epochs().flatMap(({ application }) => namedBy(application));
			return [...new Set(all)].flatMap(({ chain }) => chain);
		},
	};
};
