import { readFileSync } from 'node:fs';
import { openAll, type Server } from './link.ts';
import { packetType, publications, template } from './packet.ts';
import type { Identity } from './target.ts';

// Admitted devices at their own pace, in a separate process: one reading a second each, QoS 1, evenly in turn, sent when
// it is due whatever the site does. Every acknowledgement is told, with its times.

export interface PacerJob extends Server {
	/** File with the identities as JSON. */
	readonly identities: string;
}

/** Milliseconds since 1970, fractions too; `acknowledged` is null while the site owes it. */
export interface Sample {
	readonly sent: number;
	readonly acknowledged: number | null;
}

export interface PacerNews {
	readonly ready?: true;
	readonly failure?: string;
	/** [sent, acknowledged] of each acknowledgement since the last news. */
	readonly acknowledged?: readonly (readonly [number, number])[];
	/** When each reading that is not acknowledged was sent. */
	readonly waiting?: readonly number[];
}

const tell = (news: PacerNews): void => void process.send?.(news);
export const wallClock = (): number => performance.timeOrigin + performance.now();

const run = async (job: PacerJob): Promise<void> => {
	const identities = JSON.parse(readFileSync(job.identities, 'utf8')) as Identity[];
	const links = await openAll(job, identities);
	let acknowledged: [number, number][] = [];
	const devices = links.map((link, index) => {
		const sent: number[] = [];
		link.lost = (error) => tell({ failure: error.message });
		link.on = (type, reason) => {
			if (type !== packetType.puback) return;
			if (reason >= 0x80) return tell({ failure: `PUBACK 0x${reason.toString(16)}` });
			const at = sent.shift();
			if (at !== undefined) acknowledged.push([at, wallClock()]);
		};
		return { link, sent, form: template(identities[index]?.topic ?? ''), count: 0, time: 0 };
	});
	const began = performance.now();
	let published = 0;
	setInterval(() => {
		const due = Math.floor(((performance.now() - began) / 1000) * devices.length);
		for (; published < due; published++) {
			const device = devices[published % devices.length];
			if (device === undefined || device.link.socket.destroyed) continue;
			device.time = Math.max(device.time + 1, Date.now());
			device.sent.push(wallClock());
			device.link.socket.write(publications(device.form, 1, (device.count++ % 0xffff) + 1, device.time));
		}
	}, 2);
	setInterval(() => {
		tell({ acknowledged, waiting: devices.flatMap(({ sent }) => sent) });
		acknowledged = [];
	}, 200);
	tell({ ready: true });
};

process.once('message', (job: PacerJob) => {
	run(job).catch((error: unknown) => tell({ failure: error instanceof Error ? error.message : String(error) }));
});
process.once('disconnect', () => process.exit());
