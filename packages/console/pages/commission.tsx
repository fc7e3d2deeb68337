import { readPolicy } from '@keyward/core/policy';
import { useEffect, useMemo, useRef, useState } from 'preact/hooks';
import { type Answer, call } from '../base/api.ts';
import { drafts, keepDraft } from '../base/draft.ts';
import { readBatch, wrongIn } from '../base/batch.ts';
import { useKept } from '../base/kept.ts';
import { useLoad } from '../base/load.ts';
import { deviceAddress, go, parameter, withQuery } from '../base/route.ts';
import { may } from '../base/session.ts';
import { isIn, Label, type Made } from '../parts/commissioning-strings.tsx';
import { A, Empty, Heading, Show } from '../parts/common.tsx';
import { Field } from '../parts/dialog.tsx';
import { canScan, Scanner } from '../parts/scanner.tsx';
import { texts } from '../texts/index.ts';

const words = texts.commission;
/** Devices asked about in one round. */
const MOST_ASKED = 25;
const PACE = 2000;
/** No application has this name. */
const DRAFT = '/commission';

const classesOf = (text: string): readonly string[] => {
	const read = readPolicy(text);
	return 'policy' in read ? [...read.policy.devices.keys()] : [];
};

/** Follows where each device of the batch stands, until all are in. */
const useProgress = (application: string, made: readonly Made[], set: (made: readonly Made[]) => void): void => {
	const latest = useRef(made);
	latest.current = made;
	const waits = made.some((one) => one.error === null && !isIn(one));
	useEffect(() => {
		if (!waits || !may('device.show')) return undefined;
		let over = false;
		let timer: ReturnType<typeof setTimeout> | undefined;
		let from = 0;
		const look = async (): Promise<void> => {
			const open = latest.current.filter((one) => one.error === null && !isIn(one));
			if (from >= open.length) from = 0;
			const asked = open.slice(from, from + MOST_ASKED);
			from += MOST_ASKED;
			try {
				const states = new Map(
					await Promise.all(
						asked.map(
							async ({ device }) => [device, (await call('device.show', { application, device }, true)).state] as const,
						),
					),
				);
				if (!over)
					set(
						latest.current.map((one) => {
							const state = states.get(one.device) ?? one.state;
							return { ...one, state, ...(isIn({ state }) && { commissioning: null }) };
						}),
					);
			} catch {
				// The site could not be asked: the page says so by itself, and it is asked again.
			}
			if (!over) timer = setTimeout(() => void look(), PACE);
		};
		void look();
		return () => {
			over = true;
			clearTimeout(timer);
		};
	}, [application, waits]);
};

const Strings = ({ application, made, forget }: { application: string; made: readonly Made[]; forget: () => void }) => {
	const done = made.filter(isIn);
	const [first] = done;
	return (
		<section class="strings">
			<div class="heading unprinted">
				<h2 aria-live="polite" id="progress">
					{words.progress(done.length, made.length)}
				</h2>
				<p class="actions">
					<button type="button" onClick={() => print()}>
						{words.print}
					</button>
					<button type="button" class="quiet" onClick={forget}>
						{words.forget}
					</button>
				</p>
			</div>
			<p class="faint unprinted">
				{words.stringsHelp} {words.leave}
			</p>
			<pre class="unprinted">{words.command}</pre>
			<ul class="labels">
				{made.map((one) => (
					<Label key={one.device} made={one} />
				))}
			</ul>
			{first !== undefined && may('device.show') && (
				<p class="unprinted">
					<A to={deviceAddress(application, first.device)}>{words.next}</A>
				</p>
			)}
		</section>
	);
};

const Form = ({ epochs }: { epochs: Answer<'policy.list'> }) => {
	const epoch = epochs.find(({ application }) => application === parameter('app')) ?? epochs[0];
	const application = epoch?.application ?? '';
	const classes = useMemo(() => classesOf(epoch?.text ?? ''), [epoch?.text]);
	const [className, setClass] = useKept('class', '');
	// Kept when the page goes dark or another one is opened.
	const text = drafts.value.get(DRAFT) ?? '';
	const setText = (change: string | ((before: string) => string)): void => {
		const next = typeof change === 'string' ? change : change(drafts.value.get(DRAFT) ?? '');
		keepDraft(DRAFT, next === '' ? null : next);
	};
	const [unreadable, setUnreadable] = useState<string | null>(null);
	const open = async (input: HTMLInputElement): Promise<void> => {
		const [file] = input.files ?? [];
		if (file === undefined) return;
		setUnreadable(null);
		try {
			setText(await file.text());
		} catch {
			setUnreadable(file.name);
			// Else a browser takes the same file for no change.
			input.value = '';
		}
	};
	const [scans, setScans] = useState(false);
	const [busy, setBusy] = useState(false);
	const [made, setMade] = useState<readonly Made[]>([]);
	useProgress(application, made, setMade);
	const rows = useMemo(() => readBatch(text), [text]);
	const wrong = useMemo(() => wrongIn(rows), [rows]);
	const add = (said: string): void => {
		const line = said.trim();
		setText((before) => {
			const lines = before.split('\n');
			// A part belongs to the name before it.
			if (/^(?:ek|serial):/.test(line) && (lines.at(-1) ?? '') !== '') return `${before},,${line}`;
			return before === '' ? line : `${before.replace(/\n$/, '')}\n${line}`;
		});
	};
	const expect = async (): Promise<void> => {
		setBusy(true);
		for (const row of rows) {
			const chosen = row.class ?? (className === '' ? (classes.length > 1 ? classes[0] : undefined) : className);
			const input = {
				...{ application, device: row.device },
				...(chosen !== undefined && { class: chosen }),
				...(row.part !== null && { part: row.part }),
			};
			let one: Made;
			try {
				const { commissioning, expires } = await call('device.expect', input);
				one = { device: row.device, commissioning, expires, error: null, state: 'expected' };
			} catch (error) {
				one = { device: row.device, commissioning: null, expires: 0, error, state: '' };
			}
			setMade((before) => [...before.filter(({ device }) => device !== row.device), one]);
			// What failed stays in the field, to be sent again.
			if (one.error === null)
				setText((before) =>
					before
						.split('\n')
						.filter((line) => readBatch(`\n${line}`)[0]?.device !== row.device)
						.join('\n'),
				);
		}
		setText((before) => (readBatch(before).length === 0 ? '' : before));
		setBusy(false);
	};
	return (
		<>
			<section class="card unprinted">
				<form
					class="commission"
					onSubmit={(event) => {
						event.preventDefault();
						void expect();
					}}
				>
					<Field label={words.application}>
						<select
							value={application}
							disabled={made.length > 0}
							onChange={(event) => go(withQuery({ app: event.currentTarget.value }), true)}
						>
							{epochs.map((one) => (
								<option key={one.application}>{one.application}</option>
							))}
						</select>
					</Field>
					{classes.length > 1 && (
						<Field label={words.class}>
							<select value={className} onChange={(event) => setClass(event.currentTarget.value)}>
								{classes.map((one) => (
									<option key={one}>{one}</option>
								))}
							</select>
						</Field>
					)}
					<Field label={words.devices}>
						<textarea
							id="devices"
							class="mono"
							rows={5}
							required
							placeholder={words.devicesHint}
							spellcheck={false}
							value={text}
							onInput={(event) => setText(event.currentTarget.value)}
						/>
					</Field>
					{wrong !== null && (
						<p class="low-text" role="alert">
							{wrong.twice ? words.twice(wrong.row.device) : words.malformed(wrong.row.line, wrong.row.device)}
						</p>
					)}
					<Field label={words.open}>
						<input
							type="file"
							accept=".csv,.txt"
							title={words.devicesHelp}
							onChange={(event) => void open(event.currentTarget)}
						/>
					</Field>
					{unreadable !== null && (
						<p class="low-text" role="alert">
							{words.unreadable(unreadable)}
						</p>
					)}
					<p class="actions">
						<button type="submit" id="expect" disabled={busy || rows.length === 0 || wrong !== null}>
							{words.expect(rows.length)}
						</button>
						{canScan() && !scans && (
							<button type="button" class="quiet" title={words.partHelp} onClick={() => setScans(true)}>
								{words.part}
							</button>
						)}
					</p>
					{!canScan() && <p class="faint">{words.noScanner}</p>}
					{scans && <Scanner found={add} stop={() => setScans(false)} />}
				</form>
			</section>
			{made.length > 0 && <Strings application={application} made={made} forget={() => setMade([])} />}
		</>
	);
};

const Commission = () => {
	const loaded = useLoad('commission', (background) => call('policy.list', {}, background), 15_000);
	return (
		<>
			<Heading title={words.title} />
			<p class="faint lead-line unprinted">{words.lead}</p>
			<Show loaded={loaded}>
				{(epochs) =>
					epochs.length === 0 ? (
						<Empty title={words.noApplication}>
							<p>{words.noApplicationHelp}</p>
							{may('policy.apply') && <A to="/policy">{words.toPolicy}</A>}
						</Empty>
					) : (
						<Form epochs={epochs} />
					)
				}
			</Show>
		</>
	);
};

export default Commission;
