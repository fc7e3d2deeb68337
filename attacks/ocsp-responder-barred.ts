import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { commandPath } from '@keyward/testing/debian';
import { run } from '@keyward/testing/service/run-program';
import { derChildren, encodePem } from '@keyward/core/format';
import { attack } from './harness/attack.ts';
import { ocspRequest, singleRequest } from './harness/ocsp.ts';

/** id-kp-OCSPSigning (RFC 6960 §4.2.2.2). */
const OCSP_SIGNING = '1.3.6.1.5.5.7.3.9';

export default attack({
	title: "a revoked device is shown to a program on GnuTLS, which is to refuse the site's own word that it was revoked",
	requirements: ['live-revocation'],
	attacker: 'device',
	off: {
		patch: [
			{
				file: 'packages/core/enrol/authority-profile.ts',
				find: 'authorityKey(siteRoot.publicKey),',
				replace: "authorityKey(siteRoot.publicKey),\n\t\textendedKeyUsage('1.3.6.1.5.5.7.3.2'),",
			},
		],
		because: 'what an issuing CA may certify is no parameter',
	},
	site: { options: { httpPort: 0 } },
	refusal: /^the responder counts$/,
	run: async ({ site, folder }) => {
		if (commandPath('ocsptool') === null) throw new Error('it needs the Debian package gnutls-bin');
		const { tls } = await site.commissionDevice('hall', 'probe-1');
		await site.ask('principal.revoke', { kind: 'device', application: 'hall', id: 'probe-1', reason: 'stolen' });
		const body = Uint8Array.from(ocspRequest([[singleRequest(tls.cert)]]));
		const response = await fetch(`${site.statusUrl}/ocsp`, { method: 'POST', body });
		const bytes = new Uint8Array(await response.arrayBuffer());
		const [answer, anchor, path] = [join(folder, 'answer.der'), join(folder, 'issuer.pem'), join(folder, 'path.pem')];
		const issuer = tls.cert.slice(tls.cert.lastIndexOf('-----BEGIN'));
		await writeFile(answer, bytes);
		await writeFile(anchor, issuer);
		await writeFile(path, encodePem('CERTIFICATE', responderIn(bytes)) + issuer);
		const told = await run('ocsptool', ['--verify-response', '--load-trust', anchor, '--load-response', answer]);
		const revoked = /Success/.test(told.said) && /Certificate Status: revoked/.test(told.said);
		if (!revoked) throw new Error(`the answer does not say revoked: ${told.said}`);
		// From the root down, as a program does that knows only it.
		const root = join(site.folder, 'authority', 'site-root.pem');
		const { said } = await run('certtool', [
			...['--verify', '--verify-purpose', OCSP_SIGNING, '--load-ca-certificate', root, '--infile', path],
		]);
		const [verdict = said] = /Chain verification output: .*/.exec(said) ?? [];
		const verifies = /output: Verified\./.test(verdict);
		return { succeeded: !verifies, saw: verdict, refusal: verifies ? 'the responder counts' : null };
	},
});

/** The certificate that comes with a signed answer (RFC 6960 §4.2.1). */
const responderIn = (response: Uint8Array): Uint8Array => {
	const inside = (der: Uint8Array | undefined, at: number): Uint8Array => {
		const found = der === undefined ? undefined : derChildren(der)[at];
		if (found === undefined) throw new Error('the answer brings no certificate');
		return found;
	};
	const octets = inside(inside(inside(response, 1), 0), 1);
	// The OCTET STRING's contents: its header is of four bytes, for a BasicOCSPResponse is longer than 255.
	return inside(inside(inside(octets.subarray(4), 3), 0), 0);
};
