import { serveParent } from '../child-process/index.ts';
import { type Cryptoki, openCryptoki } from './cryptoki.ts';
import { failureOf } from './failure.ts';
import type { TokenProtocol, TokenQuestion, TokenValue } from './message.ts';
import { agree, createKey, eraseKey, findKey, listKeys, signDigest } from './objects.ts';

// The process that loads a PKCS#11 module: started by token-process.ts, ended with it.

let cryptoki: Cryptoki | null = null;

const answer = async (question: TokenQuestion): Promise<TokenValue> => {
	if (question.ask === 'open') {
		cryptoki = await openCryptoki(question.module, question.token, question.pin);
		return cryptoki.identity;
	}
	if (cryptoki === null) throw new Error('asked before the token was opened');
	switch (question.ask) {
		case 'list':
			return listKeys(cryptoki);
		case 'create':
			return createKey(cryptoki, question.label, question.usage, question.curve);
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

serveParent<TokenProtocol>({
	answer: (question) =>
		answer(question).then(
			(value) => ({ value }),
			(error: unknown) => ({ failure: failureOf(error) }),
		),
});
