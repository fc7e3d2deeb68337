import { type Cryptoki, openCryptoki } from './cryptoki.ts';
import { failureOf } from './failure.ts';
import type { TokenAnswer, TokenQuestion } from './message.ts';
import { agree, createKey, eraseKey, findKey, listKeys, signDigest } from './objects.ts';

// The process that loads a PKCS#11 module: started by token-process.ts, ended with it.

let cryptoki: Cryptoki | null = null;

const answer = async (question: TokenQuestion): Promise<Extract<TokenAnswer, { value: unknown }>['value']> => {
	if (question.ask === 'open') {
		cryptoki = await openCryptoki(question.module, question.token, question.pin);
		return cryptoki.identity;
	}
	if (cryptoki === null) throw new Error('asked before the token was opened');
	switch (question.ask) {
		case 'list':
			return listKeys(cryptoki);
		case 'create':
			return createKey(cryptoki, question.label, question.usage);
		case 'find':
			return findKey(cryptoki, question.key);
		case 'sign':
			return signDigest(cryptoki, question.key, question.digest);
		case 'agree':
			return agree(cryptoki, question.key, question.point);
		case 'erase':
			return eraseKey(cryptoki, question.key);
	}
};

const send = (message: TokenAnswer): void => void process.send?.(message);

process.on('message', ({ id, question }: { id: number; question: TokenQuestion }) => {
	answer(question).then(
		(value) => send({ id, value }),
		(error: unknown) => send({ id, failure: failureOf(error) }),
	);
});
process.on('disconnect', () => process.exit(0));
// Ctrl-C at a terminal reaches the whole group: whoever started this one decides when it ends.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => undefined);
