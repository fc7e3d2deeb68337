import { isExpired, printSecurityText } from '@keyward/core/update';
import type { Answer, ApiDependencies } from './answer.ts';

export const disclosureShow =
	({ updates, clock }: ApiDependencies): Answer<'disclosure.show'> =>
	async () => {
		const { text, lastAnswer } = updates.disclosure;
		return {
			text: text && printSecurityText(text),
			expired: text !== null && isExpired(text, clock.now()),
			lastAnswer: lastAnswer(),
		};
	};
