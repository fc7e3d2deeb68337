import { useEffect, useLayoutEffect, useRef } from 'preact/hooks';
import UPlot from 'uplot';
import type { StreamRow } from '../base/rows.ts';
import { countsOf, isTainted, type Span } from '../base/spans.ts';
import { axisFigures, clock, day } from '../base/words.ts';

/** Wide enough for a lane's name: lanes stand under the chart, at the same times. */
export const SIDE = 84;
/** Half a time's width: the last one is not cut off. */
const RIGHT = 28;
const HEIGHT = 280;
const MOST_BINS = 90;

/** Parts wide enough that each has a reading where none is missing. */
const binsOf = ({ from, to }: Range, pause: number | null): number =>
	Math.min(MOST_BINS, Math.max(12, Math.floor((to - from) / (2 * (pause ?? 1000)))));

export interface Range {
	readonly from: number;
	readonly to: number;
}

export interface ChartProps {
	readonly label: string;
	readonly unit: string;
	readonly readings: readonly StreamRow[];
	readonly gaps: readonly Span[];
	readonly pause: number | null;
	readonly tainted: readonly Span[];
	readonly range: Range;
	/** Values are drawn; how many came otherwise. */
	readonly valued: boolean;
	readonly select: (range: Range | null) => void;
}

/** A colour of the style sheet, as a canvas takes it: light or dark as the page is now. */
const ink = (name: string): string => {
	const probe = document.createElement('span');
	probe.style.color = `var(${name})`;
	document.body.append(probe);
	const { color } = getComputedStyle(probe);
	probe.remove();
	return color;
};

type Columns = [number[], (number | null)[], (number | null)[]];

const firm = ({ state }: StreamRow): boolean => state === 'signed' || state === 'open';

/** Two lines, of what is vouched for and what is not yet; both broken at gaps. */
const valueColumns = (readings: readonly StreamRow[], gaps: readonly Span[]): Columns => {
	const breaks = new Set(gaps.map(({ to }) => to));
	const [times, solid, dashed]: Columns = [[], [], []];
	let before: StreamRow | null = null;
	for (const row of readings) {
		if (typeof row.value !== 'number') continue;
		if (breaks.has(row.time)) {
			times.push((row.time - 1) / 1000);
			solid.push(null);
			dashed.push(null);
			before = null;
		}
		// Where one line ends and the other begins, both have the point.
		if (before !== null && firm(before) !== firm(row)) {
			const last = times.length - 1;
			if (firm(row)) solid[last] = dashed[last] ?? null;
			else dashed[last] = solid[last] ?? null;
		}
		times.push(row.time / 1000);
		solid.push(firm(row) ? row.value : null);
		dashed.push(firm(row) ? null : row.value);
		before = row;
	}
	return [times, solid, dashed];
};

const countColumns = (readings: readonly StreamRow[], range: Range, pause: number | null): Columns => {
	const { from, to } = range;
	const bins = binsOf(range, pause);
	const counts = countsOf(readings, from, to, bins);
	const half = (to - from) / bins / 2;
	return [counts.map(([at]) => (at + half) / 1000), counts.map(([, count]) => count), counts.map(() => null)];
};

/** Slanted lines over a stretch: told from others without its colour. */
const hatch = (chart: UPlot, spans: readonly Span[], colour: string, step: number, slant: 1 | -1): void => {
	const { ctx } = chart;
	const { left, top, width, height } = chart.bbox;
	const place = (time: number): number =>
		Math.min(left + width, Math.max(left, chart.valToPos(time / 1000, 'x', true)));
	ctx.save();
	ctx.strokeStyle = colour;
	ctx.lineWidth = devicePixelRatio;
	for (const { from, to } of spans) {
		const [begin, end] = [place(from), Math.max(place(to), place(from) + 2)];
		if (end <= left || begin >= left + width) continue;
		ctx.save();
		ctx.beginPath();
		ctx.rect(begin, top, end - begin, height);
		ctx.clip();
		ctx.beginPath();
		for (let x = begin - height; x < end + height; x += step * devicePixelRatio) {
			ctx.moveTo(x, slant === 1 ? top + height : top);
			ctx.lineTo(x + height, slant === 1 ? top : top + height);
		}
		ctx.stroke();
		ctx.strokeRect(begin, top, end - begin, height);
		ctx.restore();
	}
	ctx.restore();
};

const cross = (chart: UPlot, readings: readonly StreamRow[], colour: string): void => {
	const { ctx } = chart;
	const arm = 4 * devicePixelRatio;
	ctx.save();
	ctx.strokeStyle = colour;
	ctx.lineWidth = 2 * devicePixelRatio;
	ctx.beginPath();
	for (const row of readings) {
		if (typeof row.value !== 'number' || !isTainted(row)) continue;
		const [x, y] = [chart.valToPos(row.time / 1000, 'x', true), chart.valToPos(row.value, 'y', true)];
		ctx.moveTo(x - arm, y - arm);
		ctx.lineTo(x + arm, y + arm);
		ctx.moveTo(x + arm, y - arm);
		ctx.lineTo(x - arm, y + arm);
	}
	ctx.stroke();
	ctx.restore();
};

const DAY = 86_400_000;
/** Readings are counted in whole numbers. */
const WHOLE = [1, 2, 5].flatMap((step) => [1, 10, 100, 1000].map((ten) => step * ten)).toSorted((a, b) => a - b);

const momentAt = (at: number, { from, to }: Range): string => (to - from > DAY ? day(at) : clock(at));

const optionsOf = (width: number, props: { current: ChartProps }): UPlot.Options => {
	const { valued } = props.current;
	const axis = {
		stroke: () => ink('--faint'),
		grid: { stroke: () => ink('--line'), width: 1 },
		font: '12px system-ui',
	};
	const line = { stroke: () => ink('--accent'), width: 2, spanGaps: false };
	const bars = UPlot.paths.bars?.({ size: [0.8] });
	return {
		...{ width, height: HEIGHT, padding: [12, RIGHT, 0, 0], legend: { show: false } },
		cursor: { drag: { x: true, y: false, setScale: false }, points: { show: valued } },
		scales: {
			x: { time: true, range: () => [props.current.range.from / 1000, props.current.range.to / 1000] },
			...(!valued && { y: { range: (_, __, most) => [0, Math.max(1, most)] } }),
		},
		axes: [
			{ ...axis, space: 90, values: (_, splits) => splits.map((at) => momentAt(at * 1000, props.current.range)) },
			{
				...{ ...axis, size: SIDE, ...(!valued && { incrs: WHOLE }) },
				values: (_, splits, __, ___, step) => axisFigures(splits, step),
			},
		],
		series: valued
			? [
					{},
					{ ...line, points: { size: 5, fill: () => ink('--accent') } },
					{ ...line, dash: [6, 4], points: { size: 6, fill: () => ink('--paper') } },
				]
			: [
					{},
					{ ...line, width: 0, fill: () => ink('--accent'), ...(bars && { paths: bars }), points: { show: false } },
					{ show: false },
				],
		hooks: {
			drawClear: [
				(chart) => {
					hatch(chart, props.current.gaps, ink('--line'), 6, -1);
					if (valued) hatch(chart, props.current.tainted, ink('--bad'), 10, 1);
				},
			],
			draw: [
				(chart) => {
					// Over bars, which would hide it; under lines.
					if (!valued) hatch(chart, props.current.tainted, ink('--bad'), 10, 1);
					cross(chart, props.current.readings, ink('--bad'));
				},
			],
			setSelect: [
				(chart) => {
					if (chart.select.width < 4) return;
					const [from, to] = [chart.select.left, chart.select.left + chart.select.width].map((x) =>
						Math.round(chart.posToVal(x, 'x') * 1000),
					);
					chart.setSelect({ left: 0, top: 0, width: 0, height: 0 }, false);
					if (from !== undefined && to !== undefined && to > from) props.current.select({ from, to });
				},
			],
		},
	};
};

/** The chart of a stream: what its readings say, or how many came. */
export const StreamChart = (props: ChartProps) => {
	const place = useRef<HTMLDivElement>(null);
	const chart = useRef<UPlot | null>(null);
	const latest = useRef(props);
	latest.current = props;
	const { valued, unit, readings, gaps, pause, range, label } = props;
	const columns = valued ? valueColumns(readings, gaps) : countColumns(readings, range, pause);
	useLayoutEffect(() => {
		const element = place.current;
		if (element === null) return undefined;
		const made = new UPlot(optionsOf(element.clientWidth, latest), columns, element);
		chart.current = made;
		const observer = new ResizeObserver(() => made.setSize({ width: element.clientWidth, height: HEIGHT }));
		observer.observe(element);
		const theme = matchMedia('(prefers-color-scheme: dark)');
		const redraw = (): void => made.redraw();
		theme.addEventListener('change', redraw);
		return () => {
			theme.removeEventListener('change', redraw);
			observer.disconnect();
			made.destroy();
		};
	}, [valued, unit]);
	useEffect(() => chart.current?.setData(columns), [readings, range.from, range.to, valued]);
	return (
		<div
			ref={place}
			class="chart"
			role="img"
			aria-label={label}
			onDblClick={() => props.select(null)}
			style={{ height: `${HEIGHT}px` }}
		/>
	);
};
