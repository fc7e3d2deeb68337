import { request } from 'node:https';
import { attack } from './harness/attack.ts';

// RFC 9116 §5.3: anyone who took over the contact's address reads there how a site is broken.
export default attack({
	title: 'the domain of the security contact was given up and bought by another, who waits for reports of flaws',
	requirements: ['disclosure-policy'],
	attacker: 'network',
	off: {
		patch: [
			{
				file: 'packages/service/api/security-route.ts',
				find: 'text === null || isExpired(text, Date.now())',
				replace: 'text === null || isExpired(text, 0)',
			},
		],
		because: 'the requirement is asked at every level; what is taken out is that the text ends at its Expires',
	},
	site: {
		options: {
			securityText: {
				...{ contact: ['mailto:security@given-up.example'], expires: Date.parse('2026-01-01T00:00:00Z') },
				...{ encryption: [], acknowledgments: [], canonical: [], policy: [], hiring: [], preferredLanguages: [] },
			},
		},
	},
	refusal: 'no-such-thing',
	run: async ({ site }) => {
		const probe = await site.commissionDevice('hall', 'probe-1');
		const answer = await new Promise<{ status: number; text: string }>((resolve, reject) => {
			const asked = request(`${site.url}/.well-known/security.txt`, { ca: probe.tls.ca }, (response) => {
				let text = '';
				response.setEncoding('utf8');
				response.on('data', (part: string) => (text += part));
				response.on('end', () => resolve({ status: response.statusCode ?? 0, text }));
			});
			asked.once('error', reject);
			asked.end();
		});
		const succeeded = answer.status === 200 && answer.text.includes('given-up.example');
		const [, code = null] = /"code":"([a-z-]+)"/.exec(answer.text) ?? [];
		return { succeeded, saw: `HTTP ${answer.status}: ${answer.text.trim().slice(0, 100)}`, refusal: code };
	},
});
