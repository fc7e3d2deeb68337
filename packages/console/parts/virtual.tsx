import type { ComponentChildren } from 'preact';
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
	/** A `div` with role `row`; another function where what it shows is other. */
	row: (index: number) => ComponentChildren;
}) => {
	const frame = useRef<HTMLDivElement>(null);
	const [seen, setSeen] = useState({ from: 0, to: 40 });
	const look = (): void => {
		const element = frame.current;
		if (element === null) return;
		const from = Math.max(0, Math.floor(element.scrollTop / ROW) - SPARE);
		const to = Math.ceil((element.scrollTop + element.clientHeight) / ROW) + SPARE;
		setSeen((before) => (before.from === from && before.to === to ? before : { from, to }));
	};
	useLayoutEffect(() => {
		const element = frame.current;
		if (element === null) return undefined;
		const observer = new ResizeObserver(look);
		observer.observe(element);
		return () => observer.disconnect();
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
				onScroll={look}
				style={{ height: `${count * ROW}px` }}
			>
				<div class="tall" role="presentation" style={{ height: `${count * ROW}px` }}>
					<div class="shown" role="presentation" style={{ transform: `translateY(${seen.from * ROW}px)` }}>
						{[...rows.values()]}
					</div>
				</div>
			</div>
		</div>
	);
};
