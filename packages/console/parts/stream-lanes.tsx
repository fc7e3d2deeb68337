import type { StreamRow } from '../base/rows.ts';
import { isTainted, type Span, spansOf, stateIs } from '../base/spans.ts';
import { clock, figure } from '../base/words.ts';
import { texts } from '../texts/index.ts';
import type { Range } from './stream-chart.tsx';

const words = texts.stream;
type Lane = keyof typeof words.lanes;

/** Lanes that stand always: that nothing is missing or tainted is said as well. */
const always: readonly Lane[] = ['tainted', 'missing'];

/** What is true of which stretch, one under the other: no colour is needed to tell them apart. */
export const lanesOf = (
	rows: readonly StreamRow[],
	readings: readonly StreamRow[],
	gaps: readonly Span[],
	pause: number | null,
): readonly (readonly [Lane, readonly Span[]])[] => {
	const states = (['signed', 'opened', 'unsigned', 'open', 'sealed'] as const).map(
		(state) => [state, spansOf(readings, pause, stateIs(state))] as const,
	);
	const checkpoints = rows.filter(stateIs('checkpoint')).map(({ time }): Span => ({ from: time, to: time, count: 1 }));
	return [
		...states,
		['checkpoint', checkpoints] as const,
		['tainted', spansOf(readings, pause, isTainted)] as const,
		['missing', gaps] as const,
	].filter(([lane, spans]) => spans.length > 0 || always.includes(lane));
};

/** Drawn at most, of one lane. */
const MOST = 400;

const Track = ({ lane, spans, range }: { lane: Lane; spans: readonly Span[]; range: Range }) => {
	const width = Math.max(1, range.to - range.from);
	const part = (time: number): number => Math.min(100, Math.max(0, (100 * (time - range.from)) / width));
	const inside = spans.filter(({ from, to }) => to >= range.from && from <= range.to);
	const count = inside.reduce((sum, one) => sum + one.count, 0);
	return (
		<div class="lane">
			<span title={words.laneHelp[lane]}>{words.lanes[lane]}</span>
			<div
				class={`track ${lane}`}
				role="img"
				aria-label={`${words.laneHelp[lane]}: ${inside.length === 0 ? words.noSpans : figure(count)}`}
			>
				{inside.slice(-MOST).map(({ from, to, count: many }) => (
					<i
						key={from}
						title={words.span(words.lanes[lane], figure(many), clock(from), clock(to))}
						style={{ left: `${part(from)}%`, width: `max(3px, ${part(to) - part(from)}%)` }}
					/>
				))}
				{inside.length === 0 && <em>{words.noSpans}</em>}
			</div>
			<span class="number">{inside.length === 0 ? '' : figure(count)}</span>
		</div>
	);
};

export const Lanes = ({ lanes, range }: { lanes: ReturnType<typeof lanesOf>; range: Range }) => (
	<div class="lanes">
		{lanes.map(([lane, spans]) => (
			<Track key={lane} lane={lane} spans={spans} range={range} />
		))}
	</div>
);
