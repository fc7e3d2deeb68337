import type { ErrorCode } from '@keyward/core';
import type { DeviceDetector } from '@keyward/core/incident';
import { contentType, doubtBit } from '@keyward/core/observe';
import type { PrincipalName, Row, StreamName } from '@keyward/core/port';
import { isFork } from '@keyward/core/seal';
import type { GivenRefusal } from '../thread/link-messages.ts';
import type { Notices } from './notices.ts';

type See = Pick<Notices, 'see'>;

const deviceOf = ({ application, device }: StreamName): PrincipalName => ({ kind: 'device', application, id: device });

/** Two signatures on one number: what only the holder of the stream key can make, on two machines or out of an old copy. */
export const noticeFork = (
	notices: See | undefined,
	{ stream, payload }: { readonly stream: { readonly name: StreamName }; readonly payload: Uint8Array },
	stored: Uint8Array | null,
): void => {
	if (notices === undefined || stored === null || !isFork(stored, payload)) return;
	const seen = `two different records of ${stream.name.stream} with its signature have one epoch and sequence number`;
	notices.see('counter-fork', deviceOf(stream.name), seen, { evidence: [stored, payload] });
};

/**
 * Values that changed faster than their quantity can; admission has marked them. They count by when they were measured: what an outbox kept
 * for days comes at once.
 */
export const noticeDoubts = (
	notices: See | undefined,
	name: StreamName,
	rows: readonly Pick<Row, 'type' | 'payload' | 'time'>[],
): void => {
	for (const { type, payload, time } of rows)
		if (type === contentType.value && ((payload[0] ?? 0) & doubtBit.rate) !== 0)
			notices?.see('impossible-rate', deviceOf(name), `values of ${name.stream} changed too fast`, { measured: time });
};

/** Refusals on a link that may be more than a fault. */
const ofRefusal: Partial<Record<ErrorCode, DeviceDetector>> = {
	'reading-conflict': 'replay',
	'checkpoint-mismatch': 'replay',
	'reading-forged': 'replay',
	'reading-too-often': 'impossible-rate',
};

export const noticeRefusals =
	(notices: See) =>
	(principal: PrincipalName, { code, reason, times }: GivenRefusal): void => {
		const detector = ofRefusal[code];
		if (detector !== undefined) notices.see(detector, principal, `${code}: ${reason}`, { times });
	};
