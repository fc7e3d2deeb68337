import { decodePack, encodeSenmlJson } from '@keyward/core/observe';
import { Problem } from '@keyward/core';
import { topicOf } from '@keyward/core/device/stream-name';
import { alteredItem, isSealedMessage } from '@keyward/core/seal';
import type { Message } from './message.ts';
import { judgePuback } from './reason.ts';
import type { Session } from './session.ts';

const JSON_TYPE = 'application/senml+json';

/** Something that a service must refuse, tried on the device's own link. */
interface Attempt {
	/** The requirement that forbids it. */
	readonly requirement: string;
	readonly payload: Uint8Array;
	/** Another than that of the message. */
	readonly topic?: string;
	/** A service whose policy asks nothing of it takes it for what it has already. */
	readonly optional?: true;
}

/** Another value that lies between the first and 0, so that only its moment is taken. */
const otherValue = (value: number | string | boolean): number | string | boolean => {
	if (typeof value === 'number') return value === 0 ? 2 ** -30 : value * (1 - 2 ** -20);
	return typeof value === 'string' ? `${value}?` : !value;
};

/** What must be refused beside a message that was acknowledged; none of it can be stored by a service that keeps its promises. */
export const attemptsBeside = (message: Message): readonly Attempt[] =>
	isSealedMessage(message.payload) ? besideSealed(message) : besideOpen(message);

const besideOpen = ({ payload }: Message): readonly Attempt[] => {
	const record = decodePack(payload).findLast((one) => !(one instanceof Problem));
	if (record === undefined || record instanceof Problem) return [];
	const { name, unit, time, value } = record;
	const stream = name.slice(name.indexOf('/'));
	const again = JSON.parse(new TextDecoder().decode(encodeSenmlJson([{ name, unit, time, value }]))) as object[];
	return [
		{
			requirement: 'own-streams-only',
			payload: encodeSenmlJson([{ name: `keyward-probe${stream}`, unit, time, value }]),
		},
		{
			requirement: 'replay-refused',
			payload: encodeSenmlJson([{ name, unit, time, value: otherValue(value) }]),
		},
		{ requirement: 'input-refused', payload: payload.slice(0, -1) },
		{
			requirement: 'data-minimised',
			payload: new TextEncoder().encode(JSON.stringify(again.map((one) => ({ ...one, 'keyward-probe': true })))),
			optional: true,
		},
	];
};

/** On a sealed stream what is open is refused whatever it says, so that the rest is tried with what is sealed. */
const besideSealed = ({ topic, payload }: Message): readonly Attempt[] => {
	const [application = '', , stream = ''] = topic.split('/');
	const { conflicting, extra } = alteredItem(payload);
	const open = encodeSenmlJson([{ name: `keyward-probe/${stream}`, unit: '', time: 0, value: 0 }]);
	return [
		{ requirement: 'own-streams-only', topic: topicOf({ application, device: 'keyward-probe', stream }), payload },
		{ requirement: 'replay-refused', payload: conflicting },
		{ requirement: 'input-refused', payload: payload.slice(0, -1) },
		{ requirement: 'data-minimised', payload: extra },
		{ requirement: 'sealed-readings', payload: open },
	];
};

/**
 * Tries on this session what the service must refuse: each refusal that it gives is its evidence (`docs/posture.md`), and what it
 * lets in is a finding. Gives the requirements that were not kept. Never resolves when the session ends before all is answered.
 */
export const probe = async (session: Session, message: Message): Promise<readonly string[]> => {
	const letIn: string[] = [];
	for (const { requirement, optional, ...attempt } of attemptsBeside(message)) {
		const contentType = attempt.payload[0] === 0x5b ? JSON_TYPE : message.contentType;
		const refused = await new Promise<boolean>((resolve) =>
			session.publish({ ...message, contentType, ...attempt }, (code, said) =>
				resolve(judgePuback(code, said).kind !== 'acknowledged'),
			),
		);
		if (!refused && optional !== true) letIn.push(requirement);
	}
	// A device has no grant to read, not even what it wrote.
	if (await session.subscribes(message.topic)) letIn.push('deny-by-default');
	return letIn;
};
