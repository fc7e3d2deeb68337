import type { Case } from './case.ts';
import { identifying } from './cases/client-identifier.ts';
import { commanding } from './cases/command.ts';
import { connack } from './cases/connack.ts';
import { connecting } from './cases/connect.ts';
import { delivering } from './cases/delivery.ts';
import { disconnecting } from './cases/disconnect.ts';
import { framing } from './cases/framing.ts';
import { hostile } from './cases/hostile.ts';
import { keepingAlive } from './cases/keep-alive.ts';
import { notOffered } from './cases/not-offered.ts';
import { publishing } from './cases/publish.ts';
import { redelivering } from './cases/redelivery.ts';
import { retaining } from './cases/retained.ts';
import { session } from './cases/session.ts';
import { subscribing } from './cases/subscribe.ts';
import { text } from './cases/text.ts';
import { unsubscribing } from './cases/unsubscribe.ts';
import { wills } from './cases/will.ts';

/** Those that wait longest first: they wait side by side. */
export const cases: readonly Case[] = [
	...keepingAlive,
	...wills,
	...session,
	...redelivering,
	...framing,
	...text,
	...connecting,
	...identifying,
	...connack,
	...publishing,
	...subscribing,
	...unsubscribing,
	...retaining,
	...delivering,
	...commanding,
	...disconnecting,
	...notOffered,
	...hostile,
];
