import type { SiteHealth } from '@keyward/contract';
import type { CommitTimes } from '../ingest/commit-times.ts';
import { diskRoom } from '../ingest/disk.ts';
import type { Limits } from '../ingest/limits.ts';
import { type OpenPort, openPorts } from './open-ports.ts';

/** What health is judged by. */
export interface HealthSigns {
	readonly data: string;
	readonly commits: CommitTimes;
	readonly limits: Limits;
	listeners(): SiteHealth['listeners'];
	/** Ports that this site's settings open; it listens on them from the moment it is ready. */
	declared(): readonly number[];
	/** Workers that ended without having been told to. */
	lost(): number;
}

const mebibytes = (count: number): string => `${Math.floor(count / 1024 / 1024)} MiB`;

/** Whether the site can do its work at this moment, and why not. */
export const createHealth =
	({ data, commits, limits, listeners, declared, lost }: HealthSigns) =>
	async (): Promise<SiteHealth> => {
		const reasons: string[] = [];
		const failing = commits.failing();
		if (failing !== null)
			reasons.push(
				`the store has taken no reading since ${new Date(failing).toISOString()}: free space or mend the disk`,
			);
		const disk = await diskRoom(data).catch(() => null);
		if (disk === null) reasons.push('the data folder cannot be looked at');
		else if (limits.diskShort)
			reasons.push(`the disk is nearly full, so readings are refused: ${mebibytes(disk.free)} are free; make room`);
		if (lost() > 0) reasons.push('a worker was lost: the service ends, and is to be started again');
		if (declared().length === 0) reasons.push('it does not listen yet');
		const open = await openPorts();
		for (const port of portsOf(open?.shared ?? [])) {
			reasons.push(
				`another process listens on port ${port} too, and gets some of its connections: end it (ss -ltnp shows it)`,
			);
		}
		return {
			ready: reasons.length === 0,
			reasons,
			pid: process.pid,
			listeners: listeners(),
			declaredPorts: [...declared()],
			openPorts: open && portsOf(open.own),
			sharedPorts: open && portsOf(open.shared),
		};
	};

const portsOf = (open: readonly OpenPort[]): number[] =>
	[...new Set(open.map(({ port }) => port))].toSorted((a, b) => a - b);
