import { useMemo, useState } from 'preact/hooks';
import { type Answer, call, Refused } from '../base/api.ts';
import { useLoad } from '../base/load.ts';
import { deviceAddress, go, parameter, withQuery } from '../base/route.ts';
import type { StreamId, StreamRow } from '../base/rows.ts';
import { may } from '../base/session.ts';
import { gapsOf, isReading, isTainted, spansOf, usualPause } from '../base/spans.ts';
import { useRows } from '../base/use-rows.ts';
import { clock, figure } from '../base/words.ts';
import { A, Empty, Heading, Moment, Problem, Show, Tag } from '../parts/common.tsx';
import { Missing, Presence } from '../parts/device-streams.tsx';
import { type Range, StreamChart } from '../parts/stream-chart.tsx';
import { SaveRows } from '../parts/stream-save.tsx';
import { Lanes, lanesOf } from '../parts/stream-lanes.tsx';
import { Table } from '../parts/table.tsx';
import { texts } from '../texts/index.ts';

const words = texts.stream;
type Summary = Answer<'streams.list'>[number];
type Grant = Answer<'grant.list'>[number];

/** Of the stream, by who asks: a reader is told of the streams that it may read, and of no others. */
const load = async ({ application, device, stream }: StreamId, background: boolean) => {
	const streams = may('device.show')
		? (await call('device.show', { application, device }, background)).streams
		: await call('streams.list', {}, background);
	const grants = may('grant.list') ? await call('grant.list', { application }, background) : [];
	return {
		summary:
			streams.find((one) => one.application === application && one.device === device && one.stream === stream) ?? null,
		grants: grants.filter(
			(one) =>
				one.stream === stream &&
				(one.device === '*' || one.device === device) &&
				one.ended === null &&
				one.expires > Date.now(),
		),
	};
};

const Facts = ({ summary, grants }: { summary: Summary; grants: readonly Grant[] }) => (
	<dl class="facts card">
		<div>
			<dt>{words.presence}</dt>
			<dd>{summary.presence === null ? words.noPresence : <Presence of={summary.presence} />}</dd>
		</div>
		<div>
			<dt>{words.held}</dt>
			<dd>{figure(summary.last)}</dd>
		</div>
		<div>
			<dt>{words.newest}</dt>
			<dd>{summary.newest === null ? '–' : <Moment at={summary.newest} />}</dd>
		</div>
		<div>
			<dt>{words.missing}</dt>
			<dd>
				<Missing of={summary.missing} />
			</dd>
		</div>
		{may('grant.list') && (
			<div>
				<dt>{words.readers}</dt>
				<dd>
					{grants.length === 0
						? words.noReaders
						: grants.map((one) => (
								<p key={one.id}>
									<b>{one.reader}</b>, {texts.grants.held.toLowerCase()} {texts.grants.heldBy[one.held ?? 'service']},{' '}
									{words.until} <Moment at={one.expires} />
								</p>
							))}
				</dd>
			</div>
		)}
	</dl>
);

/** By whom a page without keys says that it is opened. */
const Closed = ({ id, sealed }: { id: StreamId; sealed: number }) => {
	const name = `${id.application}/${id.device}/${id.stream}`;
	return (
		<section class="card sealed-note">
			{sealed > 0 && (
				<h2>
					<Tag tone="plain">{words.sealedTitle}</Tag>
				</h2>
			)}
			<p>{sealed > 0 ? `${words.sealed(figure(sealed))} ${words.sealedHow}` : words.openNote}</p>
			<pre>{`keyward read ${name} --as READER`}</pre>
		</section>
	);
};

/** The part of the time that is shown: the address says it, or all that is loaded. */
const rangeOf = (readings: readonly StreamRow[]): Range => {
	const [from, to] = [Number(parameter('from')), Number(parameter('to'))];
	if (to > from && from > 0) return { from, to };
	const [first, last] = [readings[0]?.time ?? 0, readings.at(-1)?.time ?? 0];
	return { from: first, to: Math.max(last, first + 1000) };
};

const show = (range: Range | null): void =>
	go(withQuery({ from: range && String(range.from), to: range && String(range.to) }), true);

const Zoom = ({ range, all }: { range: Range; all: boolean }) => {
	const width = range.to - range.from;
	const to = (from: number, by: number): void =>
		show({ from: Math.round(from), to: Math.round(from + Math.max(1000, by)) });
	return (
		<div class="switch" role="group" aria-label={words.zoom}>
			<button type="button" class="quiet small" aria-pressed={all} onClick={() => show(null)}>
				{words.follow}
			</button>
			{(
				[
					[words.left, () => to(range.from - width / 2, width)],
					[words.closer, () => to(range.from + width / 2, width / 2)],
					[words.farther, () => to(range.from - width, width * 2)],
					[words.right, () => to(range.from + width / 2, width)],
				] as const
			).map(([text, act]) => (
				<button key={text} type="button" class="quiet small" onClick={act}>
					{text}
				</button>
			))}
		</div>
	);
};

const Newest = ({ rows, valued }: { rows: readonly StreamRow[]; valued: boolean }) => (
	<section class="card">
		<h2>{words.last}</h2>
		<Table label={words.last} head={[words.time, ...(valued ? [words.value] : []), words.state, words.doubt]}>
			{rows
				.slice(-12)
				.toReversed()
				.map((row) => (
					<tr key={row.position}>
						<td class="nowrap">{clock(row.time)}</td>
						{valued && <td class="mono">{row.value === null ? '–' : `${String(row.value)} ${row.unit}`}</td>}
						<td>{words.states[row.state]}</td>
						<td>
							{row.doubt.map((one) => (
								<Tag key={one} tone={one === 'tainted' ? 'bad' : 'short'}>
									{words.doubts[one]}
								</Tag>
							))}
						</td>
					</tr>
				))}
		</Table>
	</section>
);

const Live = ({ id, summary, reads }: { id: StreamId; summary: Summary; reads: boolean }) => {
	const { cursor: end, unit, every } = summary;
	const { rows, findings, error, first, earlier } = useRows(id, end, reads);
	const [busy, setBusy] = useState(false);
	// What comes late is drawn where it belongs.
	const readings = useMemo(() => rows.filter(isReading).toSorted((a, b) => a.time - b.time), [rows]);
	const pause = useMemo(() => every ?? usualPause(readings), [readings, every]);
	const gaps = useMemo(() => gapsOf(readings, pause), [readings, pause]);
	const lanes = useMemo(() => lanesOf(rows, readings, gaps, pause), [rows, readings, gaps, pause]);
	const tainted = useMemo(() => spansOf(readings, pause, isTainted), [readings, pause]);
	const range = rangeOf(readings);
	const inside = (row: StreamRow): boolean => row.time >= range.from && row.time <= range.to;
	const shown = readings.filter(inside);
	const numbers = shown.flatMap(({ value }) => (typeof value === 'number' ? [value] : []));
	const valued = numbers.length > 0;
	const [from, to, count] = [clock(range.from), clock(range.to), figure(shown.length)];
	const label = valued
		? words.values(
				from,
				to,
				`${numbers.reduce((a, b) => Math.min(a, b))} ${unit}`,
				`${numbers.reduce((a, b) => Math.max(a, b))} ${unit}`,
				count,
			)
		: words.counts(from, to, count);
	if (readings.length === 0 && error === null)
		return first === null || first > 0 ? (
			<div class="loading" role="status">
				<span class="visually-hidden">{texts.loading}</span>
			</div>
		) : (
			<Empty title={words.none}>
				<p>{words.noneHelp}</p>
			</Empty>
		);
	const sealed = shown.filter(({ state }) => state === 'sealed').length;
	return (
		<>
			{error !== null && <Problem error={error} />}
			{findings.length > 0 && (
				<section class="card">
					<h2>{words.findings}</h2>
					<ul class="feed">
						{findings.map((text) => (
							<li key={text}>{text}</li>
						))}
					</ul>
				</section>
			)}
			<section class="card">
				<div class="chart-head">
					<Zoom range={range} all={parameter('to') === ''} />
					<SaveRows id={id} rows={rows.filter(inside)} />
				</div>
				<StreamChart
					{...{
						label: `${words.chart(id.stream)}. ${label}`,
						unit,
						readings,
						gaps,
						pause,
						tainted,
						range,
						valued,
						select: show,
					}}
				/>
				<Lanes lanes={lanes} range={range} />
				<p class="faint hint">
					{label} {words.chartHelp}
				</p>
				{first !== null && first > 0 && (
					<button
						type="button"
						class="quiet small"
						disabled={busy}
						onClick={() => {
							setBusy(true);
							void earlier().finally(() => setBusy(false));
						}}
					>
						{words.earlier}
					</button>
				)}
			</section>
			{(!reads || sealed > 0) && <Closed id={id} sealed={sealed} />}
			<Newest rows={rows.filter(inside)} valued={rows.some(({ value }) => value !== null)} />
		</>
	);
};

/** One stream: what came of it, what is missing, and what of it can be believed. */
const Stream = ({ rest }: { rest: readonly string[] }) => {
	const [application = '', device = '', stream = ''] = rest;
	const id = { application, device, stream };
	const loaded = useLoad(`stream ${rest.join('/')}`, (background) => load(id, background), 5000);
	const reads = may('readings.read');
	const gone = loaded.error instanceof Refused && loaded.error.status === 404 && loaded.value === null;
	return (
		<>
			<p class="crumbs">
				{may('device.show') ? (
					<A to={deviceAddress(application, device)}>
						{application}/{device}
					</A>
				) : (
					<A to="/streams">{texts.streams.title}</A>
				)}
			</p>
			<Heading title={stream} />
			{gone ? (
				<Empty title={words.unknown}>
					<p>{words.unknownHelp}</p>
				</Empty>
			) : (
				<Show loaded={loaded}>
					{({ summary, grants }) =>
						summary === null ? (
							<Empty title={words.unknown}>
								<p>{words.unknownHelp}</p>
							</Empty>
						) : (
							<>
								<Facts summary={summary} grants={grants} />
								<Live id={id} summary={summary} reads={reads} />
							</>
						)
					}
				</Show>
			)}
		</>
	);
};

export default Stream;
