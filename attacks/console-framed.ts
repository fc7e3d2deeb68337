import { showFramed } from '@keyward/testing/service/framed';
import { attack } from './harness/attack.ts';

export default attack({
	title: "another site's page shows the console in a frame, under its own buttons (clickjacking), in Chromium",
	requirements: ['deny-by-default'],
	attacker: 'network',
	off: {
		patch: [
			{
				file: 'packages/service/page/page-files.ts',
				find: "frame-ancestors 'none'; ",
				replace: '',
			},
			{
				file: 'packages/service/page/page-files.ts',
				find: "	'x-frame-options': 'DENY',\n",
				replace: '',
			},
		],
		because: 'no policy may have the console framed; either header alone stops it, so both are taken out',
	},
	refusal: /frame-ancestors 'none'|X-Frame-Options/,
	run: async ({ site, after }) => {
		const { shown, said } = await showFramed(site.httpsPort, after);
		return {
			succeeded: shown,
			saw: shown ? 'the sign-in button in the frame' : said,
			refusal: said === '' ? null : said,
		};
	},
});
