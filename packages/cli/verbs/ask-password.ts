import { Problem } from '@keyward/core';
import type { ProgressLine } from './progress-line.ts';

/** Asks for passwords on the terminal, unseen; null when there is no terminal. After an empty answer nothing more is asked. */
export const askPassword = (line: ProgressLine): ((what: string) => Promise<string | null>) | null => {
	const { stdin, stderr } = process;
	if (!stdin.isTTY || !stderr.isTTY) return null;
	let over = false;
	return async (what) => {
		if (over) return null;
		line.clear();
		// Before the question, or a quick answer is seen.
		stdin.setRawMode(true);
		stdin.setEncoding('utf8');
		stderr.write(`Password of ${what} (Enter alone leaves it and the others closed): `);
		try {
			const password = await typed();
			over = password === null || password === '';
			return password;
		} finally {
			stdin.setRawMode(false);
			stdin.pause();
			stderr.write('\n');
		}
	};
};

/** What is typed up to Enter; null at the end of input. Throws `Problem('request-malformed')` on Ctrl-C. */
const typed = async (): Promise<string | null> => {
	const { promise, resolve, reject } = Promise.withResolvers<string | null>();
	let text = '';
	const take = (data: string): void => {
		for (const character of data) {
			if (character === '\r' || character === '\n') return resolve(text);
			if (character === '\u0004') return resolve(null);
			if (character === '\u0003') return reject(new Problem('request-malformed', 'Stopped.'));
			if (character === '\u007f' || character === '\b') text = text.slice(0, -1);
			else text += character;
		}
	};
	process.stdin.on('data', take);
	process.stdin.resume();
	try {
		return await promise;
	} finally {
		process.stdin.off('data', take);
	}
};
