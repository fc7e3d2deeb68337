import { attack } from './harness/attack.ts';
import { startReaderConsole } from './harness/reader-console.ts';

export default attack({
	title: 'who finds the link of a console in a history or on a screen opens it after the reader',
	requirements: ['explicit-readers'],
	attacker: 'network',
	site: null,
	off: {
		patch: [
			{
				file: 'packages/client/console/page-token.ts',
				find: '\t\t\twaits = null;\n\t\t\tconst own',
				replace: '\t\t\tconst own',
			},
		],
		because: "the reader's own program is asked nothing by a policy",
	},
	refusal: 'not-authenticated',
	run: async (tools) => {
		const { origin, hash } = await startReaderConsole(tools);
		const open = async (): Promise<{ readonly status: number; readonly text: string }> => {
			const response = await fetch(`${origin}/v1/console/open`, {
				method: 'POST',
				headers: { origin, 'keyward-request': '1' },
				body: JSON.stringify({ token: hash.replace('#open=', '') }),
			});
			return { status: response.status, text: await response.text() };
		};
		const reader = await open();
		if (reader.status !== 200) throw new Error(`the link opens nothing: ${reader.text}`);
		const { status, text } = await open();
		return {
			succeeded: status === 200,
			saw: `${status} ${text.slice(0, 120)}`,
			refusal: /"code":"([a-z-]+)"/.exec(text)?.[1] ?? null,
		};
	},
});
