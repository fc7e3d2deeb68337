import { startIssuer, type TestIssuer } from '@keyward/testing/service/issuer';
import { signInAt } from '@keyward/testing/service/sign-in';
import { attack } from './harness/attack.ts';

const issuers = new Map<string, { readonly plant: TestIssuer; readonly partner: TestIssuer }>();

export default attack({
	title:
		'a partner whom the site also takes for sign-in sends people on to the plant, and gets the code that the plant gave for them',
	requirements: ['person-authentication'],
	attacker: 'network',
	off: {
		patch: [
			{
				file: 'packages/service/people/issuers.ts',
				find: 'if (begun.name !== name) throw',
				replace: "if (name === '') throw",
			},
			{
				file: 'packages/service/people/issuers.ts',
				find: 'if (from !== null && from !== one.issuer) throw',
				replace: "if (from === '') throw",
			},
			{
				file: 'packages/service/people/issuers.ts',
				find: 'const one = termsOf(name);\n\t\t\tconst begun = unseal(cookie);',
				replace:
					'const begun = unseal(cookie);\n\t\t\tconst one = termsOf(begun.name);\n\t\t\tquery = query.replace(/&iss=[^&]*/, "");',
			},
		],
		because: 'which issuer an answer is of is looked at at every level',
	},
	site: async (folder) => {
		const [plant, partner] = await Promise.all([startIssuer('plant'), startIssuer('partner')]);
		// The partner promises nothing of its answers, so that only the site can tell.
		partner.saysWho = false;
		issuers.set(folder, { plant, partner });
		return { options: { issuers: [plant.terms, partner.terms] } };
	},
	refusal: 'identity-refused',
	run: async ({ site, folder, after }) => {
		const { plant, partner } = issuers.get(folder) ?? {};
		if (plant === undefined || partner === undefined) throw new Error('no issuer runs');
		after(() => Promise.all([plant.stop(), partner.stop()]));
		const browser = await signInAt(site.httpsPort, 'partner');
		// What the partner answers with: the plant's own page, asked with what the site sent for the partner.
		const asked = new URL(browser.url);
		const back = asked.searchParams.get('redirect_uri') ?? '';
		asked.searchParams.set('redirect_uri', back.replace('/partner/', '/plant/'));
		const { status, refused } = await browser.comeBack(plant.authorize(asked.href));
		const codes = partner.tokenRequests.map((request) => request.get('code'));
		return {
			succeeded: codes.some((code) => code !== null && code !== ''),
			saw: `${status}, ${refused ?? 'not refused'}; the partner was given ${codes.length} codes of the plant`,
			refusal: refused,
		};
	},
});
