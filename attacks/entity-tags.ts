import { X509Certificate } from 'node:crypto';
import { attack } from './harness/attack.ts';

/** Where the certificate says that its issuer's revocation list is (RFC 5280 §4.2.1.13). */
const listIn = (pem: string): string => {
	const [found] = /http:\/\/[\w.:/-]+\.crl/.exec(new X509Certificate(pem).raw.toString('latin1')) ?? [];
	if (found === undefined) throw new Error('the certificate names no list');
	return found;
};

export default attack({
	title: 'caches ask for a revocation list by weak and listed tags and by *, and draw it whole each time',
	requirements: ['overload-held'],
	attacker: 'network',
	off: {
		patch: [
			{
				file: 'packages/service/revocation/http-listener.ts',
				find: "header?.trim() === '*' || (header ?? '').split(',').some((one) => one.trim().replace(/^W\\//, '') === tag);",
				replace: 'header === tag;',
			},
		],
		because: 'the protocol asks it at every level (RFC 9110 section 13.1.2)',
	},
	site: { options: { httpPort: 0 } },
	refusal: /^304, 304, 304$/,
	run: async ({ site }) => {
		const { tls } = await site.commissionDevice('hall', 'probe-1');
		const list = listIn(tls.cert);
		const whole = await fetch(list);
		const tag = whole.headers.get('etag') ?? '';
		if (whole.status !== 200 || tag === '') throw new Error(`the list is not served: ${whole.status}`);
		const answers: number[] = [];
		for (const asked of [`W/${tag}`, `"other", ${tag}`, '*']) {
			const { status } = await fetch(list, { headers: { 'if-none-match': asked } });
			answers.push(status);
		}
		const saw = answers.join(', ');
		return { succeeded: answers.every((status) => status === 200), saw, refusal: saw };
	},
});
