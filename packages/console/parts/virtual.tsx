import { type ComponentChildren, Fragment } from 'preact';
import { useLayoutEffect, useRef, useState } from 'preact/hooks';

const ROW = 44;
/** Rows drawn above and below what is seen. */
const SPARE = 10;

/** A table of any length, of which only the rows that are seen are drawn. Arrow keys scroll it, as it takes the focus. */
export const VirtualTable = ({
	label,
	count,
	head,
	row,
}: {
	label: string;
	count: number;
	head: ComponentChildren;
	/** A `div` with role `row` and its `aria-rowindex`, without a key; another function where what it shows is other. */
	row: (index: number) => ComponentChildren;
}) => {
	const frame = useRef<HTMLDivElement>(null);
	const [seen, setSeen] = useState({ from: 0, to: 40 });
	/** Once a frame, however often the browser tells of scrolling. */
	const asked = useRef(0);
	const look = (): void => {
		const element = frame.current;
		if (element === null) return;
		asked.current = 0;
		const from = Math.max(0, Math.floor(element.scrollTop / ROW) - SPARE);
		const to = Math.ceil((element.scrollTop + element.clientHeight) / ROW) + SPARE;
		// A row's elements are used again for another row, which must not keep the focus: Enter would open what nobody chose.
		const focused = Number(element.querySelector(':focus')?.closest('[aria-rowindex]')?.getAttribute('aria-rowindex'));
		if (focused > 0 && (focused - 2 < from || focused - 2 >= to)) element.focus({ preventScroll: true });
		setSeen((before) => (before.from === from && before.to === to ? before : { from, to }));
	};
	const scrolled = (): void => {
		if (asked.current === 0) asked.current = requestAnimationFrame(look);
	};
	useLayoutEffect(() => {
		const element = frame.current;
		if (element === null) return undefined;
		const observer = new ResizeObserver(look);
		observer.observe(element);
		return () => {
			observer.disconnect();
			cancelAnimationFrame(asked.current);
		};
	}, []);
	// The same element as before is not looked at again: only rows that come into sight are made.
	const made = useRef<{ row: typeof row; rows: Map<number, ComponentChildren> }>({ row, rows: new Map() });
	if (made.current.row !== row) made.current = { row, rows: new Map() };
	const rows = new Map<number, ComponentChildren>();
	for (let index = seen.from; index < Math.min(count, seen.to); index++)
		rows.set(index, made.current.rows.get(index) ?? row(index));
	made.current.rows = rows;
	return (
		<div class="table" role="table" aria-label={label} aria-rowcount={count + 1}>
			<div role="rowgroup">
				<div role="row" class="row head" aria-rowindex={1}>
					{head}
				</div>
			</div>
			<div
				class="scroll"
				ref={frame}
				role="rowgroup"
				tabIndex={0}
				aria-label={label}
				onScroll={scrolled}
				style={{ height: `${count * ROW}px` }}
			>
				<div class="tall" role="presentation" style={{ height: `${count * ROW}px` }}>
					<div class="shown" role="presentation" style={{ transform: `translateY(${seen.from * ROW}px)` }}>
						{Array.from(rows, ([index, shown]) => (
							<Fragment key={index % (seen.to - seen.from)}>{shown}</Fragment>
						))}
					</div>
				</div>
			</div>
		</div>
	);
};
