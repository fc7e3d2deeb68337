import type { Outcome } from './attack.ts';
import { answerOf } from './session.ts';
import type { AttackedSite } from './site.ts';

/** Subscribes as a reader with a grant, to each filter on a separate connection; succeeds when SUBACK answers every one. */
export const filtersTaken = async (site: AttackedSite, filters: readonly string[]): Promise<Outcome> => {
	const reader = await site.commissionReader('hall', 'desk');
	await site.grant('hall', 'desk', '*', 'dose-rate');
	const answers: string[] = [];
	let refusal: string | null = null;
	for (const [index, topic] of filters.entries()) {
		const { wire } = await site.session(reader, { connect: { clientId: `desk-${index}` } });
		wire.send({ cmd: 'subscribe', messageId: 1, subscriptions: [{ topic, qos: 1 }] });
		const suback = await wire.next('suback').catch((error: unknown) => String(error));
		if (typeof suback !== 'string') answers.push('SUBACK');
		else {
			const [, reasonString] = /"reasonString":"([^"]*)"/.exec(suback) ?? [];
			const { code, why } = answerOf({ cmd: 'disconnect', properties: { reasonString: reasonString ?? '' } });
			answers.push(why);
			refusal = code;
		}
	}
	const succeeded = answers.every((answer) => answer === 'SUBACK');
	return { succeeded, saw: answers.join('; '), refusal: succeeded ? null : refusal };
};
