import { principalKey } from '@keyward/core/device';
import type { Clock } from '@keyward/core/port';
import { createFewLines } from '../log/few-lines.ts';
import type { Log } from '../log/log.ts';
import type { SessionEvents } from './live-session.ts';

/** Writes into the log that a session goes on for its essential streams alone: of one device and reason now and then. */
export const logDespite = (log: Pick<Log, 'warn'>, clock: Clock): SessionEvents['onDespite'] => {
	const mayWrite = createFewLines(clock.now);
	return (principal, { code }) => {
		if (mayWrite(`${principalKey(principal)} ${code}`))
			log.warn('essential streams go on', { ...principal, despite: code });
	};
};
