import { type Client, lookAtLedger, type OpenPage } from '@keyward/client';
import { minutes, Problem } from '@keyward/core';
import { topicOf } from '@keyward/core/device';
import { inLine } from '@keyward/core/export';
import { tell } from '../../terminal/output.ts';
import { type Alarm, type AlarmBook, ledgerForked } from './alarm-book.ts';

/** Looks at what the site shows this reader, and keeps what cannot all be true: in its folder, its output and the exit code. */
export interface AlarmWatch {
	/** Says what stands, and looks at the ledger: now, and once a minute while it is followed. */
	begin(signal: AbortSignal): Promise<void>;
	/** The page as it is to be handed on, with the alarms that stand; what it tells of two signatures is kept. */
	mark(page: OpenPage): Promise<OpenPage>;
	/** Whether one stands, or the site showed no ledger to compare with the one that was seen before. */
	readonly stand: boolean;
}

/** What a reader notices that only who holds a key can make: the device said two things, or somebody said one for it. */
const proofs: readonly string[] = ['stream-forked', 'checkpoint-mismatch'];

export const openAlarmWatch = (
	book: AlarmBook,
	client: Pick<Client, 'call'>,
	application: string,
	{ json = false, follow = false }: { readonly json?: boolean; readonly follow?: boolean },
): AlarmWatch => {
	let standing: readonly Alarm[] = [];
	let unseen: string | null = null;
	let told = false;
	const say = (code: string, of: string, detail: string): void =>
		tell(
			json ? `${JSON.stringify({ alarm: { code, of, detail } })}\n` : `${inLine(`ALARM ${of}: ${detail} [${code}]`)}\n`,
		);
	const raise = async (alarm: Pick<Alarm, 'code' | 'of' | 'detail' | 'evidence'>): Promise<boolean> => {
		const before = standing.length;
		await book.raise(alarm);
		standing = (await book.all()).filter(({ accepted }) => accepted === null);
		return standing.length > before;
	};
	const look = async (): Promise<void> => {
		const found = await lookAtLedger(client, book);
		unseen = found.kind === 'unseen' ? found.why : null;
		if (unseen === null) told = false;
		if (found.kind !== 'forked') return;
		const detail = `another history of the ledger than was seen before: ${found.why}`;
		if (await raise({ code: ledgerForked, of: application, detail, evidence: found.evidence }))
			say(ledgerForked, application, `${detail}; ${found.reported}`);
	};
	return {
		begin: async (signal) => {
			standing = (await book.all()).filter(({ accepted }) => accepted === null);
			for (const { code, of, detail, at } of standing) say(code, of, `${detail} (since ${at})`);
			await look();
			if (!follow) return;
			const timer = setInterval(() => {
				void look().catch((error: unknown) => {
					if (error instanceof Problem) say(error.code, application, error.detail);
				});
			}, minutes(1));
			timer.unref();
			signal.addEventListener('abort', () => clearInterval(timer));
		},
		mark: async (page) => {
			const of = topicOf(page.name);
			for (const { code, detail } of page.findings)
				if (proofs.includes(code)) await raise({ code, of, detail, evidence: [] });
			// A site that is away shows no readings either: said once there are some.
			if (unseen !== null && !told)
				say(
					'ledger-unseen',
					application,
					`the site shows no ledger to compare with the one that was seen before: ${unseen}`,
				);
			told = unseen !== null;
			const codes = standing.filter((one) => one.of === of || one.of === application).map(({ code }) => code);
			if (unseen !== null) codes.push('ledger-unseen');
			const alarms = [...new Set(codes)];
			return alarms.length === 0 ? page : { ...page, readings: page.readings.map((one) => ({ ...one, alarms })) };
		},
		get stand() {
			return standing.length > 0 || told;
		},
	};
};
