import { Problem } from '@keyward/core';
import { serveParent } from './child.ts';
import type { Protocol } from './protocol.ts';

// A child for child-process.test.ts.

export interface Echo extends Protocol {
	readonly question: { readonly do: 'echo' | 'refuse' | 'throw' | 'hang' | 'crash'; readonly bytes: Uint8Array };
	readonly answer: Uint8Array;
	readonly order: string;
	readonly event: string;
}

const parent = serveParent<Echo>({
	answer: async (question) => {
		if (question.do === 'refuse') throw new Problem('token-pin', 'The PIN is wrong.');
		if (question.do === 'throw') throw new TypeError('a bug');
		if (question.do === 'hang') await new Promise(() => setInterval(() => {}, 1000));
		if (question.do === 'crash') process.kill(process.pid, 'SIGABRT');
		return question.bytes;
	},
	order: (order) => {
		process.stderr.write(`${order} on standard error\n`);
		if (order === 'fail') parent.fail('failed');
		else parent.tell(order.toUpperCase());
	},
});
