import { Problem } from '@keyward/core';
import type { KeyPurpose, PrincipalName } from '@keyward/core/port';

/** Otherwise who has the certificate's key alone could put a stream key of theirs in the place of the device's. */
export const otherKeyStands = ({ kind, id }: PrincipalName, purpose: KeyPurpose): Problem =>
	new Problem(
		'key-registered',
		`The ${kind} ${id} has another ${purpose} key: it keeps that one until it is expected and commissioned again.`,
	);

/** unique-key: anyone who had it before can use it still. */
export const keySeenBefore = (purpose: KeyPurpose): Problem =>
	new Problem('key-seen-before', `This ${purpose} key was registered before: make a new one.`);
